"""Heat maps as tables, which a screen reader reads and a phone does not shrink."""

from __future__ import annotations

import html
from collections.abc import Sequence

from mien.evaluation.report.schema import Matrix, Robustness
from mien.evaluation.report.text import count
from mien.expression import NAMES

_DARK = 0.55
"""Share of the full colour from which on letters are drawn in the paper's colour."""


def shade(share: float) -> str:
    """Give the class and style of a cell, from paper at 0 to the full colour at 1."""
    held = min(max(share, 0.0), 1.0)
    kind = ' class="deep"' if held >= _DARK else ""
    return f'{kind} style="--share:{100 * held:.1f}%"'


def confusion_map(matrix: Matrix, missed: Sequence[int]) -> str:
    """Show what each true class was taken for: the share of its row in percent, and the count.

    Parameters
    ----------
    matrix
        7 rows of the true classes, 7 columns of what was said.
    missed
        Faces of each class that were not found; a column of its own where there are any.
    """
    headings, rows = [*NAMES], [[*row] for row in matrix]
    if any(missed):
        headings.append("not found")
        rows = [[*row, lost] for row, lost in zip(rows, missed, strict=True)]
    body = "".join(
        f'<tr><th scope="row">{name}</th>{_confused(row)}<td class="sum">{count(sum(row))}</td>'
        "</tr>\n"
        for name, row in zip(NAMES, rows, strict=True)
    )
    return _map("true, down; said, across", [*headings, "faces"], body)


def _confused(row: Sequence[int]) -> str:
    total = sum(row) or 1
    return "".join(
        f'<td{shade(cell / total)} title="{cell:,} of {total:,}">'
        f'<data value="{cell}">{100 * cell / total:.0f}</data></td>'
        for cell in row
    )


def corruption_map(found: Robustness) -> str:
    """Show accuracy in percent by corruption and severity, the mildest corruption on top.

    The full colour stands for the accuracy on clean faces, the paper for chance.
    """
    order = sorted(found.corruptions.items(), key=lambda entry: -entry[1].mean_accuracy)
    body = "".join(
        f'<tr><th scope="row">{html.escape(name.replace("_", " "))}</th>'
        + _spoilt(found.clean.accuracy, found.clean.accuracy, found.clean.interval)
        + "".join(
            _spoilt(cell.accuracy, found.clean.accuracy, cell.interval)
            for cell in (each.severities[severity] for severity in found.severities)
        )
        + _spoilt(each.mean_accuracy, found.clean.accuracy, None, "sum")
        + "</tr>\n"
        for name, each in order
    )
    headings = ["clean", *map(str, found.severities), "mean"]
    return _map("corruption, down; severity, across", headings, body)


def _spoilt(
    accuracy: float, clean: float, interval: tuple[float, float] | None, kind: str = ""
) -> str:
    chance = 1 / len(NAMES)
    share = (accuracy - chance) / max(clean - chance, 1e-9)
    said = "" if interval is None else f' title="{interval[0]:.3f} to {interval[1]:.3f}"'
    if kind:
        return f'<td class="{kind}"{said}>{_hundredths(accuracy)}</td>'
    return f"<td{shade(share)}{said}>{_hundredths(accuracy)}</td>"


def _hundredths(share: float) -> str:
    return f'<data value="{share!r}">{100 * share:.1f}</data>'


def _map(corner: str, headings: Sequence[str], body: str) -> str:
    head = "".join(f'<th scope="col"><span>{html.escape(each)}</span></th>' for each in headings)
    return (
        f'<div class="wide" tabindex="0"><table class="heat"><caption class="soft">{corner}'
        f"</caption><thead><tr><td></td>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>"
    )
