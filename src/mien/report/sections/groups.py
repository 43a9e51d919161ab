"""The section on groups of faces."""

from __future__ import annotations

import html
from collections.abc import Iterator

from mien.evaluation.results import Column, Gap
from mien.figures import Bar, draw_bars, inline
from mien.report.html import beside, count, number, p_value, paragraph, score, table
from mien.report.inputs import NetworkResults


def groups(network: NetworkResults) -> str | None:
    """Return the scores of groups of faces, and the gaps between them."""
    columns = network.scores.groups if network.scores else None
    if not columns:
        return None
    about = paragraph(
        f"The scores of groups of the same faces ({network.split}), from a file that names the"
        " group of each face. A gap between groups counts only if shuffling the correct answers"
        " among the faces rarely gives one as large (a permutation test)."
    )
    return about + "".join(_column(name, column) for name, column in columns.items())


def _column(name: str, column: Column) -> str:
    members = column.groups.items()
    bars = [Bar(group, part.accuracy, part.interval.accuracy) for group, part in members]
    title = "Accuracy, with 95% intervals"
    values = "; ".join(f"{bar.name} {bar.value:.3f}" for bar in bars)
    rows = [
        [
            html.escape(group) + (" (small)" if part.small else ""),
            count(part.n),
            score(part.accuracy, part.interval.accuracy),
            score(part.macro_f1, part.interval.macro_f1),
            score(part.ece, part.interval.ece),
        ]
        for group, part in members
    ]
    headings = [html.escape(name), "faces", "accuracy, 95%", "macro F1, 95%", "ECE, 95%"]
    return "".join(
        [
            f"<h4>By {html.escape(name)}</h4>",
            paragraph(*_about_gaps(column)),
            beside(inline(draw_bars(bars, title), title, values), table(headings, rows)),
        ]
    )


def _about_gaps(column: Column) -> Iterator[str]:
    for gap, among in (
        (column.gap, ""),
        (column.gap_without_small, ", leaving out the small groups,"),
    ):
        if gap is not None:
            yield _gap(gap, among)
    if column.without_group:
        yield f"{count(column.without_group)} faces are in no group."


def _gap(gap: Gap, among: str) -> str:
    verdict = "more than chance explains" if gap.significant else "chance can explain it"
    return (
        f"The largest gap in accuracy{among} is {number(gap.value)}, between"
        f" “{html.escape(gap.lowest)}” and “{html.escape(gap.highest)}”: {verdict}"
        f" ({p_value(gap.p)}, {count(gap.permutations)} permutations)."
    )
