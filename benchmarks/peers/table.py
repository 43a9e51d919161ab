"""Writes what was found about the systems as rows and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

NONE = "-"

_BRACKETS = re.compile(r" \([^)]*\)")

_SPREADS = (
    ("faces_per_second", "{:,.0f}"),
    ("one_face_ms", "{:.2f}"),
    ("cold_start_s", "{:.2f}"),
)


def rows(systems: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return the table's rows, the heading first.

    Parameters
    ----------
    systems
        By name, the one first that the others are compared with: ``scores``, ``against_first``
        (None for that one), ``timing`` and ``installed`` (both None where there is none).
    """
    first = next(iter(systems))
    heading = (
        *("system", "accuracy (95%)", "unique (95%)", "macro-F1", "ECE", f"against {first}"),
        *("faces/s (batches of 64)", "one face, ms", "cold start, s", "memory, MB (peak)"),
        "installed, MB (packages)",
    )
    return [heading, *(_row(name, found) for name, found in systems.items())]


def _row(name: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    scores = found["scores"]
    return (
        name,
        *(_with_interval(scores, key) for key in ("accuracy", "accuracy_unique")),
        *(f"{scores[key]:.3f}" for key in ("macro_f1", "ece")),
        _verdict(found["against_first"]),
        *_timing(found["timing"]),
        _installed(found["installed"]),
    )


def _with_interval(scores: Mapping[str, Any], key: str) -> str:
    if scores.get(key) is None:
        return NONE
    low, high = scores["interval"][key]
    return f"{scores[key]:.3f} ({low:.3f} to {high:.3f})"


def _verdict(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return NONE
    low, high = found["interval"]["accuracy"]
    difference = found["difference"]["accuracy"]
    return f"{found['verdict']}: {difference:+.3f} ({low:+.3f} to {high:+.3f})"


def _timing(timing: Mapping[str, Any] | None) -> tuple[str, ...]:
    if timing is None:
        return (NONE,) * (len(_SPREADS) + 1)
    cells = []
    for key, form in _SPREADS:
        middle, low, high = (form.format(timing[key][name]) for name in ("median", "min", "max"))
        cells.append(f"{middle} ({low} to {high})")
    return (*cells, f"{timing['peak_mb']:,.0f}")


def _installed(installed: Mapping[str, Any] | None) -> str:
    if installed is None:
        return NONE
    return f"{installed['megabytes']:,.0f} ({len(installed['packages'])})"


def brief(table: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Leave out what stands in brackets, for terminals too narrow for intervals."""
    return [tuple(_BRACKETS.sub("", cell) for cell in row) for row in table]


def markdown(title: str, table: Sequence[Sequence[str]], notes: Sequence[str], command: str) -> str:
    """Write a table as Markdown, with the command that made it and a list of notes."""
    lines = [_line(row) for row in table]
    lines.insert(1, "|" + "---|" * len(table[0]))
    listed = [f"- {note}" for note in notes]
    return "\n".join([f"# {title}", "", *lines, "", f"Made by `{command}`.", "", *listed, ""])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
