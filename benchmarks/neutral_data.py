"""Faces of JAFFE, Yale and London with the person of each, for benchmarks/neutral.py."""

from __future__ import annotations

import csv
import dataclasses
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.classes import FER2013
from mien.perception.reader import Reader

SETS = ("JAFFE", "Yale", "London")
"""London comes last: it has one neutral photo of each person, and no other to read that against."""

_YALE_PHOTOS = 11  # of a person


@dataclasses.dataclass(frozen=True, eq=False)
class Faces:
    """N faces, an entry for each in every array."""

    sets: NDArray[np.str_]
    people: NDArray[np.str_]
    """Data set and number of the person."""
    labels: NDArray[np.int64]
    gender: NDArray[np.str_]
    """Empty except for London's faces."""
    ethnicity: NDArray[np.str_]
    """Empty except for London's faces."""


Photo = tuple[str, str, int, str, str, bytes]
"""Data set, person, class, gender, ethnic group and the picture's bytes."""


def read_faces(folder: Path) -> tuple[Faces, NDArray[np.uint8]]:
    """Return the largest face of each photo, and the crops ``uint8 [N, 48, 48]``.

    Photos without a face are left out and named.
    """
    reader = Reader()
    rows, crops = [], []
    for number, photo in enumerate(photos(folder)):
        picture = reader.read(photo[-1])
        if picture and picture[0].crop is not None:
            rows.append(photo[:-1])
            crops.append(picture[0].crop)
        else:
            print(f"No face in photo {number} of {photo[0]}.")
    sets, people, labels, gender, ethnicity = zip(*rows, strict=True)
    faces = Faces(
        np.array(sets), np.array(people), np.array(labels), np.array(gender), np.array(ethnicity)
    )
    return faces, np.stack(crops)


def photos(folder: Path) -> Iterator[Photo]:
    """Yield all photos; in JAFFE and Yale, a photo's number tells whose it is."""
    person, before = -1, ""
    for kind, _, data in _numbered(folder / "jaffe.zip"):
        # The classes of the next person begin again at angry.
        person += kind == "angry" and before != "angry"
        before = kind
        yield "JAFFE", f"JAFFE {person}", FER2013.names.index(kind), "", "", data
    for kind, number, data in _numbered(folder / "yalefaces.zip"):
        person = number // _YALE_PHOTOS
        yield "Yale", f"Yale {person}", FER2013.names.index(kind), "", "", data
    with zipfile.ZipFile(folder / "london.zip") as archive:
        table = (folder / "london.csv").read_text(encoding="utf-8").splitlines()
        for entry in csv.DictReader(table):
            label = FER2013.names.index(entry["expression"])
            whose = f"London {entry['person']}", label, entry["gender"], entry["ethnicity"]
            yield "London", *whose, archive.read(entry["file"])


def _numbered(path: Path) -> Iterator[tuple[str, int, bytes]]:
    """Yield class, number and bytes of each picture, by number."""
    with zipfile.ZipFile(path) as archive:
        found = {
            int(match[2]): (match[1], name)
            for name in archive.namelist()
            if (match := re.search(r"([a-z]+)/[^/]*?(\d+)\.png$", name))
        }
        for number, (kind, name) in sorted(found.items()):
            yield kind, number, archive.read(name)
