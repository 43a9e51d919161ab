"""What a plan consists of: slices of files, and shards of slices."""

from __future__ import annotations

import dataclasses
from typing import Literal

Kind = Literal["file", "parquet", "tar"]
"""What a file holds: one picture, or many as rows of Parquet or members of a tar file."""


@dataclasses.dataclass(frozen=True, slots=True)
class Slice:
    """Inputs that stand one after another in one file."""

    source: str
    """Path or URL of the file, as the user named it."""
    kind: Kind = "file"
    """What it holds."""
    start: int = 0
    """The first input: a row of Parquet, or a member of a tar file, counted from 0."""
    stop: int = 1
    """The end of the inputs, which is not one of them."""
    size: int | None = None
    """Bytes of the file when the run was planned; None if that is not known."""

    def __len__(self) -> int:
        return self.stop - self.start


@dataclasses.dataclass(frozen=True)
class Shard:
    """Inputs that give one part of the table."""

    number: int
    """Its number, counted from 0."""
    slices: tuple[Slice, ...]
    """What it consists of, in order."""

    @property
    def inputs(self) -> int:
        """How many pictures it has, counting those that cannot be read."""
        return sum(map(len, self.slices))


@dataclasses.dataclass(frozen=True)
class ShardResult:
    """What became of a shard."""

    number: int
    """Its number."""
    inputs: int
    """How many pictures it has."""
    rows: int
    """Rows of its part."""
    faces: int
    """How many faces were found."""
    failures: int
    """How many pictures could not be read."""
