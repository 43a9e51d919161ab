"""Shows what was seen in a clip."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mien.clock import clock
from mien.words import counted

if TYPE_CHECKING:
    from rich.table import Table

    from mien.detect_job import ClipResult
    from mien.media.summary import FaceSummary, Summary

_LEAST = 0.005
"""Smallest share that is printed: 1% when rounded."""

_FACES = 12
"""Most faces that are printed, those that are seen longest."""

_LONG = 60.0
"""Seconds from which on a length is printed as minutes and seconds."""


def headline(clip: ClipResult) -> str:
    """Return ``"clip.mp4 (640 x 360, 2.4 s, 72 frames): 1 face; happy 71%, neutral 29%"``."""
    summary, record = clip.written.summary, clip.record
    frames = counted(record.frames_read, "frame")
    if record.selection != "every frame":
        frames += f", {record.selection.removeprefix('every frame, ')}"
    size = f"{record.width} x {record.height}, {_lasting(summary.seconds)}, {frames}"
    if record.skipped:
        size += f", {record.skipped:,} skipped"
    number = len(summary.faces)
    text = f"{clip.source} ({size}): {counted(number, 'face') if number else 'no face'}"
    if number == 1 and (shares := _shares(summary.faces[0])):
        text += f"; {shares}"
    if record.state in ("incomplete", "interrupted"):
        text += f"; {record.state}"
    return text


def face_tables(summary: Summary) -> Iterator[Table]:
    """Yield a table of the faces of a clip, if there are several."""
    if len(summary.faces) < 2:
        return
    from rich import box
    from rich.table import Table

    longest = sorted(summary.faces, key=lambda face: -face.seconds)[:_FACES]
    left_out = len(summary.faces) - len(longest)
    note = f"and {counted(left_out, 'more face')}, none seen for longer" if left_out else None
    table = Table(box=box.SIMPLE_HEAD, caption=note, caption_justify="left")
    for heading in ("face", "", "seen", "shown", "changes"):
        table.add_column(heading, justify="left" if heading in ("", "shown") else "right")
    for face in sorted(longest, key=lambda face: face.face_id):
        table.add_row(*_cells(face, summary))
    yield table


def _cells(face: FaceSummary, summary: Summary) -> Iterator[str]:
    """Yield the cells of one face."""
    best = max(face.expressions, key=lambda one: one.seconds)
    yield str(face.face_id)
    shown = summary.vocabulary[summary.vocabulary.index(best.expression)]
    # A single frame has no length, of which no expression has the most.
    yield shown.emoji if best.seconds else ""
    yield f"{clock(round(face.first_seen, 1))} to {clock(round(face.last_seen, 1))}"
    yield _shares(face)
    yield str(sum(change.count for change in face.transitions))


def _shares(face: FaceSummary) -> str:
    """Return ``"happy 71%, neutral 29%"``, the largest share first."""
    shares = [(one.share, one.expression) for one in face.expressions]
    shares.append((face.unsure_share, "unsure"))
    ranked = sorted(shares, key=lambda pair: -pair[0])
    return ", ".join(f"{name} {share:.0%}" for share, name in ranked if share >= _LEAST)


def _lasting(seconds: float) -> str:
    """Return a length in time: ``"2.4 s"``, or ``"10:03"`` from a minute on."""
    return f"{seconds:.1f} s" if seconds < _LONG else clock(round(seconds))
