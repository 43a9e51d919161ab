"""The parts of a report that are measured only where they are asked for."""

from __future__ import annotations

import html
from collections.abc import Iterator

from mien.classes import NAMES
from mien.evaluation.results import Agreed, Column, Gap, Robustness, Votes
from mien.report.html import beside, count, number, paragraph, percent, scored, table
from mien.report.inputs import Subject, in_words
from mien.report.svg import Bar, bars, corruption_map

_SIGNIFICANCE = 0.05
_FEW = 0.0005
"""A p-value below which three digits would say 0."""


def votes(subject: Subject) -> str | None:
    """Compare network and labels with what FER+'s taggers saw."""
    found = subject.scores.votes if subject.scores else None
    if found is None:
        return None
    chart = list(_vote_bars(found))
    said = "; ".join(f"{bar.name} {bar.value:.3f}" for bar in chart)
    title = "Accuracy against the taggers' vote"
    numbers = table(["vote", "faces", "network, 95%", "label, 95%"], _vote_rows(found))
    return "".join(
        [
            paragraph(*_said_of_votes(found)),
            beside(bars(title, said, chart), numbers) if chart else numbers,
        ]
    )


def _said_of_votes(found: Votes) -> Iterator[str]:
    yield (
        "For FER+ ten people said what they saw in each face. Here their most frequent vote is"
        " taken for the truth, and both the network and the data's own label are held against"
        " it: where the label does no better than the network, it is the labels that limit the"
        " score. Intervals are Wilson's."
    )
    yield (
        f"Left out are {count(found.ties)} ties and {count(found.elsewhere)} faces whose vote is"
        " none of the seven expressions."
    )


def _vote_parts(found: Votes) -> tuple[tuple[str, Agreed], ...]:
    agreed = f"at least {found.agreed.votes} of 10 agree"
    return ("most frequent vote", found), (agreed, found.agreed)


def _vote_bars(found: Votes) -> Iterator[Bar]:
    for name, part in (("all", found), (f"{found.agreed.votes}+ agree", found.agreed)):
        if part.accuracy is not None and part.label_accuracy is not None:
            yield Bar(f"net, {name}", part.accuracy, part.interval.accuracy)
            yield Bar(f"label, {name}", part.label_accuracy, part.interval.label_accuracy, "two")


def _vote_rows(found: Votes) -> Iterator[list[str]]:
    for name, part in _vote_parts(found):
        yield [
            name,
            count(part.n),
            scored(part.accuracy, part.interval.accuracy),
            scored(part.label_accuracy, part.interval.label_accuracy),
        ]


def groups(subject: Subject) -> str | None:
    """Compare the scores of groups of faces."""
    found = subject.scores.groups if subject.scores else None
    if not found:
        return None
    about = paragraph(
        f"Scores by groups of the same faces ({subject.split}), from a file that names the group"
        " of each. A gap between groups counts only where dealing out the right answers at random"
        " rarely gives one as large (a permutation test)."
    )
    return about + "".join(_column(name, column) for name, column in found.items())


def _column(name: str, found: Column) -> str:
    parts = found.groups.items()
    chart = [Bar(each, part.accuracy, part.interval.accuracy) for each, part in parts]
    said = "; ".join(f"{bar.name} {bar.value:.3f}" for bar in chart)
    rows = [
        [
            html.escape(each) + (" (small)" if part.small else ""),
            count(part.n),
            scored(part.accuracy, part.interval.accuracy),
            scored(part.macro_f1, part.interval.macro_f1),
            scored(part.ece, part.interval.ece),
        ]
        for each, part in parts
    ]
    headings = [html.escape(name), "faces", "accuracy, 95%", "macro F1, 95%", "ECE, 95%"]
    return "".join(
        [
            f"<h4>By {html.escape(name)}</h4>",
            paragraph(*_said_of_gaps(found)),
            beside(bars("Accuracy, with 95% intervals", said, chart), table(headings, rows)),
        ]
    )


def _said_of_gaps(found: Column) -> Iterator[str]:
    for gap, among in ((found.gap, ""), (found.gap_without_small, " without the small groups")):
        if gap is not None:
            yield _gap(gap, among)
    if found.without_group:
        yield f"{count(found.without_group)} faces have no group."


def _gap(gap: Gap, among: str) -> str:
    p = f"p = {number(gap.p)}" if gap.p >= _FEW else f"p = {number(gap.p, 4)}"
    verdict = "more than chance" if gap.p < _SIGNIFICANCE else "no more than chance may give"
    return (
        f"The largest gap in accuracy{among} is {number(gap.value)}, from"
        f" {html.escape(gap.lowest)} to {html.escape(gap.highest)}: {verdict} ({p},"
        f" {count(gap.permutations)} permutations)."
    )


def corruptions(subject: Subject) -> str | None:
    """Show how accuracy falls as the faces get worse."""
    found = subject.robustness
    if found is None:
        return None
    return paragraph(*_said_of_corruptions(subject, found)) + corruption_map(found)


def _said_of_corruptions(subject: Subject, found: Robustness) -> Iterator[str]:
    split = found.split or (subject.scores.split if subject.scores else None)
    cells = [cell for each in found.corruptions.values() for cell in each.severities.values()]
    widest = max(max(abs(end - cell.accuracy) for end in cell.interval) for cell in cells)
    yield (
        f"{count(found.n)} faces, {html.escape(in_words(split))}, were spoilt in"
        f" {len(found.corruptions)} ways and {len(found.severities)} of five severities (seed"
        f" {found.seed}). The numbers are the accuracy in percent; no 95% interval (Wilson) of a"
        f" cell reaches further than {100 * widest:.1f} points from it."
    )
    clean, mean = found.clean, found.mean_corruption_accuracy
    yield (
        f"On clean faces it is {percent(clean.accuracy)} ({_percents(clean.interval)}), on spoilt"
        f" ones {percent(mean)} on average, with a macro F1 of"
        f" {number(found.mean_corruption_macro_f1)}. The full colour stands for the clean accuracy,"
        f" none for 1 in {len(NAMES)}."
    )
    worst = min(found.corruptions, key=lambda name: found.corruptions[name].mean_accuracy)
    yield (
        f"Worst is {html.escape(worst.replace('_', ' '))}, with"
        f" {percent(found.corruptions[worst].mean_accuracy)} over its severities."
    )
    if subject.scores is not None and subject.scores.n != found.n:
        yield (
            f"These are not the {count(subject.scores.n)} faces of the other parts, so the two"
            " clean accuracies differ."
        )


def _percents(interval: tuple[float, float]) -> str:
    return " to ".join(percent(end) for end in interval)
