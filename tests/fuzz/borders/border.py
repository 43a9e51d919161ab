"""What a border is, and what counts as a finding there."""

from __future__ import annotations

import atexit
import dataclasses
import functools
import resource
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from mien.errors import MienError
from mien.words import printable

MOST_SECONDS = 10.0
"""Of the processors' time; a case that takes more is a finding."""

MOST_MEMORY = 1e9
"""Bytes by which the process may grow; a case that takes more is a finding."""

CORPUS = Path(__file__).parents[1] / "corpus"
"""A folder of seeds for each border."""


@dataclasses.dataclass(frozen=True)
class Border:
    """A place where mien takes what others wrote."""

    name: str
    """That of its folder of seeds too."""
    take: Callable[[bytes], object]
    """Takes the bytes as a user's file or message."""
    longest: int
    """Bytes of an input."""
    words: tuple[bytes, ...] = ()
    """What inputs are made of, for mutations."""
    refusals: tuple[type[Exception], ...] = (MienError,)
    """What may leave."""
    examples: int = 100
    """Inputs of the short form."""

    def seeds(self) -> list[bytes]:
        """Read the seeds, in the order of their names."""
        return [path.read_bytes() for path in sorted((CORPUS / self.name).iterdir())]


@dataclasses.dataclass(frozen=True)
class Finding:
    """Something that should not have happened."""

    kind: str
    """The exception's type and the last line of mien, or what was exceeded; one a cause."""
    detail: str
    """The whole of it."""


def attempt(border: Border, data: bytes) -> Finding | None:
    """Let a border take an input; return what was wrong about how it did."""
    seconds, memory = time.process_time(), _peak_memory()
    try:
        border.take(data)
    except border.refusals as error:
        _check_sentence(error)
    except Exception as error:
        return _escaped(error)
    seconds, memory = time.process_time() - seconds, _peak_memory() - memory
    if seconds > MOST_SECONDS:
        return Finding("too slow", f"{seconds:.1f} s of processor time")
    if memory > MOST_MEMORY:
        return Finding("too large", f"{memory / 1e6:.0f} MB more")
    return None


def scratch_file(data: bytes, name: str) -> Path:
    """Write an input into the one file of this name that this process has."""
    path = _scratch_folder() / name
    path.write_bytes(data)
    return path


@functools.cache
def _scratch_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="mien-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _check_sentence(error: Exception) -> None:
    """Refuse an error that says nothing, or that the command line cannot print."""
    text = printable(str(error))
    assert text.strip(), f"{type(error).__name__} says nothing"
    text.encode()


def _escaped(error: Exception) -> Finding:
    """Name an exception that should have been a refusal by where mien let it through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/mien/" in frame.filename]
    place = own[-1] if own else frames[-1]
    file = place.filename.rpartition("/mien/")[2]
    kind = f"{type(error).__name__} from {file}, {place.name}"
    return Finding(kind, "".join(traceback.format_exception(error)))


def _peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
