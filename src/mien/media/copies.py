"""Names the annotated copies of pictures."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from mien.media.sources import MARK


class CopyNames:
    """Names for the annotated copies of one run: party.mien.jpg, party-2.mien.jpg, ...

    A name is not used twice for different pictures; a picture that is read again gets the same.

    Parameters
    ----------
    folder
        Where the copies go; beside each picture if None.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._used: dict[Path, Path] = {}

    def copy_of(self, picture: Path) -> Path:
        """Return the path of a picture's copy."""
        target = next(name for name in self._names(picture) if self._is_free(name, picture))
        self._used[target.absolute()] = picture
        return target

    def _names(self, picture: Path) -> Iterator[Path]:
        folder = self._folder or picture.parent
        yield folder / f"{picture.stem}{MARK}.jpg"
        for number in itertools.count(2):
            yield folder / f"{picture.stem}-{number}{MARK}.jpg"

    def _is_free(self, target: Path, picture: Path) -> bool:
        """Return whether a name was not given to another picture."""
        return self._used.get(target.absolute(), picture).absolute() == picture.absolute()
