"""Reads labelled photos with every shipped network; writes results/sheet.json and sheet.md.

Usage: python benchmarks/sheet.py PHOTOS

PHOTOS is a folder with a manifest.json: a list of objects with ``file``, ``faces`` (how many there
are) and ``expression`` (of the only or largest face; null where it is not stated). The photos may
be measured but not shown, so a table of numbers stands for their contact sheet, which
``mien detect PHOTOS --truth PHOTOS/manifest.json --sheet sheet.png`` draws.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from common import RESULTS, publish
from mien.evaluation.bootstrap import wilson
from mien.models import DEFAULT, names
from mien.perception.reader import Reader
from mien.report.model_card import table

HEADINGS = ("photo", "faces", "found", "labelled", "read", "its probability", "")


def read_photo(reader: Reader, photo: Path, entry: dict[str, Any]) -> dict[str, Any]:
    """Return what was read of the largest face in a photo, and what it is known to show."""
    faces = reader.read(photo)
    largest = faces[0] if faces else None
    return {
        "file": entry["file"],
        "faces": entry["faces"],
        "found": len(faces),
        "expression": entry["expression"],
        "read": largest and largest.expression.name,
        "confidence": largest and round(largest.confidence, 4),
    }


def summed(photos: list[dict[str, Any]]) -> dict[str, Any]:
    """Count faces, and the photos read right among those with a stated expression."""
    labelled = [photo for photo in photos if photo["expression"]]
    right = sum(photo["read"] == photo["expression"] for photo in labelled)
    return {
        "photos": len(photos),
        "faces": sum(photo["faces"] for photo in photos),
        "found": sum(photo["found"] for photo in photos),
        "labelled": len(labelled),
        "right": right,
        "interval": [round(end, 3) for end in wilson(right, len(labelled))],
    }


def as_row(photo: dict[str, Any]) -> tuple[str, ...]:
    """Write one photo's numbers."""
    known = photo["expression"]
    verdict = "" if known is None else "right" if photo["read"] == known else "wrong"
    counts = (str(photo["faces"]), str(photo["found"]))
    read = (photo["read"], f"{photo['confidence']:.2f}") if photo["read"] else ("no face", "")
    return (photo["file"], *counts, known or "", *read, verdict)


def as_sentence(net: str, total: dict[str, Any]) -> str:
    """Return a sentence on a network."""
    low, high = total["interval"]
    return (
        f"`{net}`: {total['right']} of {total['labelled']} labelled photos right"
        f" ({low:.2f} to {high:.2f}, 95% interval); {total['found']} faces found in"
        f" {total['photos']} photos that contain {total['faces']}."
    )


def main() -> None:
    """Read, print and write."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    results = {}
    for net in sorted(names(), key=lambda name: (name != DEFAULT, name)):
        reader = Reader(net)
        photos = [read_photo(reader, folder / entry["file"], entry) for entry in manifest]
        results[net] = {"total": summed(photos), "photos": photos}
    rows = {net: [as_row(photo) for photo in found["photos"]] for net, found in results.items()}
    publish("sheet", {"results": results}, [HEADINGS, *rows[DEFAULT]])
    text = [
        "# What was read in photos\n",
        "Written by `python benchmarks/sheet.py PHOTOS`. \"found\" counts boxes, right ones and"
        " others; the expression is that of the largest face. So few photos tell little: see the"
        " intervals.\n",
    ]
    for net, lines in rows.items():
        text += [f"{as_sentence(net, results[net]['total'])}\n", table(HEADINGS, lines) + "\n"]
    (RESULTS / "sheet.md").write_text("\n".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
