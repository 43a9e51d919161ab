"""A CSV of faces to leave out, such as audit.csv."""

import functools

import numpy as np
from borders.border import Border, scratch_file

from mien.classes import NAMES
from mien.data import Samples
from mien.data.exclusion import check_reasons, read_exclusion


def take(data):
    """Find the faces that it lists, for all reasons and for one."""
    path = scratch_file(data, "audit.csv")
    assert len(read_exclusion(_samples(), path).listed) == 14
    chosen = read_exclusion(_samples(), path, ["near_duplicate"])
    chosen.in_words("the split")
    check_reasons(chosen)


@functools.cache
def _samples():
    names = [f"train/{name}/Training_{row}.png" for row in range(2) for name in NAMES]
    return Samples(
        images=np.zeros((14, 48, 48), np.uint8),
        labels=(np.arange(14) % 7).astype(np.int8),
        splits=np.array(["train"] * 14),
        names=np.array(names),
        sha256="0" * 64,
    )


BORDER = Border(
    "audit_csv",
    take,
    longest=2048,
    words=(
        b"name", b"file", b"label", b"expression", b"reason", b"near_duplicate", b"near_twin",
        b"train/happy/Training_0.png", b"Training_1.png", b"row 3", b"happy", b"sad", b"\n", b"\r",
        b"\0", b'"', b",", b";", b"\t", b"\xef\xbb\xbf", b"\xff", b"9" * 50,
    ),
)  # fmt: skip
