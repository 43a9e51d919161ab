"""The section on corrupted faces."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from mien.evaluation.heatmap import draw_heatmap
from mien.evaluation.results import Robustness
from mien.evaluation.wording import split_in_words
from mien.figures import inline
from mien.report.html import count, figures, folded, number, paragraph, percent, table
from mien.report.inputs import NetworkResults
from mien.words import counted, spaced


def robustness(network: NetworkResults) -> str | None:
    """Return how accuracy falls as the faces get worse."""
    measured = network.robustness
    if measured is None:
        return None
    described = "; ".join(
        f"{spaced(name)} {corruption.mean_accuracy:.3f}"
        for name, corruption in measured.corruptions.items()
    )
    heatmap = draw_heatmap(measured, len(network.classes))
    chart = inline(heatmap, "Accuracy by corruption and severity", described)
    return "".join(
        [
            paragraph(*_about(network, measured)),
            figures(chart),
            folded("The numbers", _numbers(measured)),
        ]
    )


def _about(network: NetworkResults, measured: Robustness) -> Iterator[str]:
    split = measured.split or (network.scores.split if network.scores else None)
    cells = [
        cell
        for corruption in measured.corruptions.values()
        for cell in corruption.severities.values()
    ]
    widest = max(max(abs(end - cell.accuracy) for end in cell.interval) for cell in cells)
    yield (
        f"{count(measured.n)} faces ({html.escape(split_in_words(split, network.classes))}) were"
        f" corrupted in {counted(len(measured.corruptions), 'way')} at"
        f" {_severities(measured)} (seed {measured.seed}). The numbers are"
        " accuracies in percent; the 95% intervals (Wilson's) reach at most"
        f" {100 * widest:.1f} points to either side."
    )
    clean, mean = measured.clean, measured.mean_corruption_accuracy
    yield (
        f"Accuracy is {percent(clean.accuracy)} ({_percents(clean.interval)}) on clean faces and"
        f" {percent(mean)} on average on corrupted ones, with a macro F1 of"
        f" {number(measured.mean_corruption_macro_f1)}. The darkest colour is the accuracy on"
        f" clean faces, the lightest is chance, 1 in {len(network.classes)}."
    )
    worst = min(measured.corruptions, key=lambda name: measured.corruptions[name].mean_accuracy)
    yield (
        f"The worst is {html.escape(spaced(worst))}, with a mean accuracy of"
        f" {percent(measured.corruptions[worst].mean_accuracy)}."
    )
    if network.scores is not None and network.scores.n != measured.n:
        yield (
            f"These are not the {count(network.scores.n)} faces of the other sections, so the two"
            " accuracies on clean faces differ."
        )


def _severities(measured: Robustness) -> str:
    """Say at how many of the severities faces were corrupted."""
    number = len(measured.severities)
    return "all five severities" if number == 5 else f"{number} of five severities"


def _numbers(measured: Robustness) -> str:
    rows = [
        [
            html.escape(spaced(name)),
            *(percent(corruption.severities[level].accuracy) for level in measured.severities),
            percent(corruption.mean_accuracy),
        ]
        for name, corruption in measured.corruptions.items()
    ]
    return table(["corruption", *map(str, measured.severities), "mean"], rows)


def _percents(interval: Sequence[float]) -> str:
    return " to ".join(percent(end) for end in interval)
