"""The file manifest.json: what a run is, and at the end what its parts hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mien.batch.entries import ShardResult
from mien.batch.parts import part_path
from mien.batch.plan import Plan
from mien.batch.writing import written
from mien.errors import OutputError

NAME = "manifest.json"

_KIND = "mien batch"


def check_manifest(folder: Path) -> None:
    """Refuse a folder whose manifest.json is not mien's, before anything is read.

    Raises
    ------
    OutputError
        If there is such a file.
    """
    path = folder / NAME
    try:
        ours = json.loads(path.read_text("utf-8"))["program"] == _KIND
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError):
        ours = False
    if not ours:
        raise OutputError(
            f"{path} exists and was not written by mien batch.", "Choose another folder.", "out"
        )


def write_manifest(folder: Path, plan: Plan, results: Sequence[ShardResult] | None = None) -> None:
    """Write the manifest.

    Parameters
    ----------
    folder
        The folder of outputs.
    plan
        The run.
    results
        Those of all shards in order; None if some are missing.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    run = plan.run
    content: dict[str, object] = {
        "program": _KIND,
        "version": run.version,
        "sources": run.sources,
        "folder": run.folder,
        "endpoint": run.endpoint,
        "left_out": plan.left_out,
        "net": run.net,
        "sha256": run.sha256,
        "settings": {
            "image_column": run.image_column,
            "shard_size": run.shard_size,
            **run.reading,
        },
        "fingerprint": plan.fingerprint,
        "shards": plan.shards,
        "inputs": plan.inputs,
        "complete": results is not None,
    }
    if results is not None:
        for name in ("rows", "faces", "failures"):
            content[name] = sum(getattr(result, name) for result in results)
        content["parts"] = [_part(folder, result) for result in results]
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    data = text.encode("utf-8", "backslashreplace")
    path = folder / NAME
    # A run that finds its work done leaves the file as it is.
    if not path.exists() or path.read_bytes() != data:
        with written(path) as file:
            file.write(data)


def _part(folder: Path, result: ShardResult) -> dict[str, object]:
    return {
        "part": part_path(folder, result.number).name,
        "inputs": result.inputs,
        "rows": result.rows,
        "faces": result.faces,
        "failures": result.failures,
    }
