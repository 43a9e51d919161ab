"""Reads the data set that a command works on, and says what was left out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mien.data import Samples

_EXAMPLES = 3
"""Bad pictures that are named, of those left out."""


def read_samples(path: Path, skip_bad: bool) -> Samples:
    """Read a data set; how many bad pictures were left out is said on stderr.

    Raises
    ------
    DataError
        As `mien.data.read` does.
    """
    from mien.data import read

    samples = read(path, skip_bad=skip_bad)
    say_skipped(samples.skipped)
    return samples


def default_split(there: set[str]) -> str:
    """Choose the split that was meant: the test pictures, or everything where none are marked."""
    return "all" if there == {"all"} else "test"


def say_skipped(skipped: Sequence[str]) -> None:
    """Say on stderr how many pictures were left out, and name the first."""
    if not skipped:
        return
    print(f"{len(skipped):,} bad pictures were left out:", file=sys.stderr)
    for sentence in skipped[:_EXAMPLES]:
        print(f"  {sentence}", file=sys.stderr)
    if len(skipped) > _EXAMPLES:
        print(f"  and {len(skipped) - _EXAMPLES:,} more.", file=sys.stderr)
