"""Makes a virtual environment for each system, once, and says what it weighs."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mien.errors import MissingExtraError
from mien.files import make_folder, write

_RECORD = "environment.json"

_INSTALL = ("install", "--quiet", "--no-cache-dir")


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What an environment is made of."""

    name: str
    """Name of the environment's folder."""
    steps: tuple[tuple[str, ...], ...]
    """The words after ``pip install``, one call after the other."""
    files: tuple[Path, ...]
    """The files that the calls install from; a change of one makes the environment anew."""
    sources: tuple[Path, ...] = ()
    """The files and folders of a project that the last call installs; a change of one installs
    the project anew, and nothing of what it needs."""


@dataclasses.dataclass(frozen=True)
class Environment:
    """An environment that stands."""

    python: Path
    """Its interpreter."""
    stamp: str
    """A digest of everything that it was made of."""
    megabytes: float
    """What the packages take on the disk, in MB of a million bytes."""
    packages: dict[str, str]
    """The version of each package."""

    @property
    def installed(self) -> dict[str, Any]:
        """What is told of it."""
        return {"megabytes": self.megabytes, "packages": self.packages}


def prepare(recipe: Recipe, cache: Path) -> Environment:
    """Make an environment, or find the one that was made of the same.

    Parameters
    ----------
    recipe
        What it is made of.
    cache
        The folder that holds the environments.

    Raises
    ------
    MissingExtraError
        If pip cannot install the packages.
    SettingsError
        If the folder cannot be written to.
    """
    folder = cache / recipe.name
    base, stamp = _stamp(recipe, recipe.files), _stamp(recipe, (*recipe.files, *recipe.sources))
    record = _read_record(folder)
    if record.get("stamp") != stamp:
        print(f"installing {recipe.name} ...", file=sys.stderr)
        if record.get("base") == base:
            words = (*_INSTALL, "--force-reinstall", "--no-deps", *recipe.steps[-1])
            _pip(folder, recipe.name, *words)
        else:
            record = {"base": base, "empty": _make(recipe, folder)}
        record |= {"stamp": stamp} | _weigh(recipe, folder, record["empty"])
        write(folder / _RECORD, json.dumps(record, indent=2).encode(), "Use another --cache.")
    kept = {name: record[name] for name in ("stamp", "megabytes", "packages")}
    return Environment(_python(folder), **kept)


def _read_record(folder: Path) -> dict[str, Any]:
    """Read what stands; nothing where an installation did not come to its end."""
    path = folder / _RECORD
    if not (path.exists() and _python(folder).exists()):
        return {}
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def _make(recipe: Recipe, folder: Path) -> int:
    """Install everything; return the bytes of the environment before."""
    make_folder(folder, "Use another --cache.")
    try:
        venv.create(folder, clear=True, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise MissingExtraError(
            f"Python cannot make a virtual environment in {folder}: {error}.",
            "Install Python's venv with pip, which some systems leave out, or free the disk.",
        ) from error
    empty = _bytes(folder)
    for words in recipe.steps:
        _pip(folder, recipe.name, *_INSTALL, *words)
    return empty


def _weigh(recipe: Recipe, folder: Path, empty: int) -> dict[str, Any]:
    """Return the size and the versions of what was installed."""
    listed = json.loads(_pip(folder, recipe.name, "list", "--format", "json"))
    packages = {each["name"]: each["version"] for each in listed if each["name"] != "pip"}
    return {"megabytes": round((_bytes(folder) - empty) / 1e6, 1), "packages": packages}


def _pip(folder: Path, name: str, *words: str) -> str:
    """Run pip in an environment; give what it printed."""
    done = subprocess.run(
        [str(_python(folder)), "-I", "-m", "pip", "--disable-pip-version-check", *words],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise MissingExtraError(
            f"pip cannot install {name}: {reason(done.stderr)}.",
            "Look whether this machine reaches PyPI.",
        )
    return done.stdout


def reason(text: str) -> str:
    """Find in what pip wrote why it failed, which may be said by a pip that it called."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["it gives no reason"])[-1].rstrip(".")


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _bytes(folder: Path) -> int:
    """Add up the files below a folder, without following links."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files)


def _stamp(recipe: Recipe, files: Sequence[Path]) -> str:
    """Digest the words, the contents of the files, and this Python's version."""
    # By name only, so that the environments outlive a move of the repository.
    steps = [[Path(word).name for word in words] for words in recipe.steps]
    digest = hashlib.sha256(json.dumps([sys.version, steps]).encode())
    for path in _files(files):
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _files(paths: Sequence[Path]) -> list[Path]:
    """Return the files, and those in the folders, in the order of their names."""
    found = [
        each for path in paths for each in (sorted(path.rglob("*")) if path.is_dir() else [path])
    ]
    return [path for path in found if path.is_file() and path.suffix != ".pyc"]
