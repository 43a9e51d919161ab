"""Puts into sentences how the numbers measured here compare with those the study reported."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from mien.report.html import between, number
from mien.settings import TrainSettings
from mien.study.results import Change, StudyResults, TrainedNetwork
from mien.words import counted, plural

SAME = 0.005
"""Half a step of the study's two digits: smaller differences count as none."""


def difference(measured: float, other: float) -> str:
    """Say how much more or less, in the two digits that the study reports."""
    change = measured - other
    if abs(change) < SAME:
        return "the same as"
    return f"{abs(change):.2f} {'more' if change > 0 else 'less'} than"


def within(value: float, interval: Sequence[float]) -> str:
    """Return a number in a sentence, with its interval in brackets."""
    return f"{number(value)} ({between(interval)})"


TOO_LITTLE = "too little to say"
"""The verdict on what was trained too briefly, on too few faces, or too seldom."""


def against_report(network: TrainedNetwork, complete: bool) -> Iterator[str]:
    """Compare a network's peaks with those that the study reported.

    Parameters
    ----------
    network
        What was measured.
    complete
        Whether it was trained as in the study, so that the two can be compared.
    """
    reported = network.reported
    if reported is None:
        return
    test, low, high = network.peak_test, *network.peak_interval
    if reported.test is None or reported.train is None:
        yield (
            f"The study gives no number for it, only “{reported.finding}”. Here its best epoch"
            f" reaches {within(test, (low, high))} on PublicTest."
        )
        return
    inside = low - SAME <= reported.test <= high + SAME
    yield (
        f"The study reported {reported.test:.2f} at the peak of its test curve; here the peak on"
        f" PublicTest is {within(test, (low, high))},"
        f" {difference(test, reported.test)} the study reported."
    )
    if complete:
        yield (
            f"Chance among {network.scores.n:,} faces can explain that."
            if inside
            else f"Chance among {network.scores.n:,} faces alone does not explain that."
        )
    yield (
        f"On training faces it reported {reported.train:.2f}; here the peak is"
        f" {number(network.peak_train)}, {difference(network.peak_train, reported.train)} that."
    )
    if not complete:
        yield f"After so short a training that is {TOO_LITTLE} whether the two agree."


def against_before(
    network: TrainedNetwork, before: TrainedNetwork | None, complete: bool
) -> Iterator[str]:
    """Say whether the network is better than the one before, here and in the study."""
    change = network.change
    if change is None or before is None:
        return
    name = html.escape(change.before)
    yield (
        f"Compared with {name} on the same faces, the accuracy of the kept weights changed by"
        f" {within(change.difference, change.interval)}:"
        f" {verdict(change.better, name, complete)}."
    )
    if complete:
        yield from _same_way(network, before, change)


def verdict(better: bool | None, other: str, enough: bool) -> str:
    """Name the outcome of a comparison, or say that there is too little data for one."""
    if not enough:
        return TOO_LITTLE
    if better is None:
        return "no significant difference"
    return f"{'better' if better else 'worse'} than {other}"


def _same_way(
    network: TrainedNetwork, before: TrainedNetwork, change: Change
) -> Iterator[str]:
    """Say whether the study found the same direction."""
    now, then = network.reported, before.reported
    if now is None or then is None:
        return
    if now.test is None:
        better: bool | None = False
        finding = f"The study saw {now.finding}"
    elif then.test is None:
        better, finding = True, f"In the study it was {now.finding}"
    else:
        step = now.test - then.test
        better = None if abs(step) < SAME else step > 0
        finding = (
            f"In the study the test peak of {network.name} was"
            f" {difference(now.test, then.test)} that of {before.name}"
        )
    if change.better is None:
        yield f"{finding}; here the difference is not significant."
    elif change.better == better:
        yield f"{finding}: the repetition agrees."
    else:
        yield f"{finding}: the repetition disagrees."


def ended(network: TrainedNetwork) -> str:
    """Say when and why the training ended."""
    most = network.record.recipe["epochs"]
    patience = network.record.recipe["patience"]
    done = len(network.epochs)
    if done < most:
        return (
            f"Training stopped early after {done} of {most} epochs, because the validation loss"
            f" had not improved for {patience} epochs in a row."
        )
    return f"Training ran for all of its {counted(done, 'epoch')}."


def overfits(network: TrainedNetwork) -> str:
    """Compare the last epoch's training accuracy with PublicTest's."""
    last = network.epochs[-1]
    gap = last.train_accuracy - last.val_accuracy
    return (
        "In the last epoch training accuracy, measured with augmentation and dropout on, was"
        f" {abs(gap):.3f} {'above' if gap > 0 else 'below'} the accuracy on PublicTest."
    )


def agreement(study: StudyResults) -> Iterator[str]:
    """Summarise where repetition and study agree; every sentence comes from the numbers."""
    if not study.complete:
        yield from _quick(study)
        return
    known = [
        network
        for network in study.models
        if network.reported and network.reported.test is not None
    ]
    inside = [
        network.name
        for network in known
        for low, high in [network.peak_interval]
        if network.reported and low - SAME <= (network.reported.test or 0) <= high + SAME
    ]
    yield (
        f"Of the {len(known)} test accuracies that the study reported, {len(inside)}"
        f" {plural(len(inside), 'lies', 'lie')} within the 95% interval of what was measured"
        f" here{': ' + ', '.join(inside) if inside else ''}."
    )
    yield _best(study)


def _quick(study: StudyResults) -> Iterator[str]:
    """Say of a quick pass what it is, and what a verdict would take."""
    epochs = max(network.record.recipe["epochs"] for network in study.models)
    yield (
        f"<strong>This is a quick pass over {study.subset:.0%} of the Training faces with at most"
        f" {counted(epochs, 'epoch')}: it shows how the study works, but is {TOO_LITTLE} whether"
        " its results hold.</strong>"
    )
    yield (
        f"A verdict takes all of the Training faces and up to {TrainSettings().epochs} epochs for"
        " each network. A reported accuracy is then held against the 95% interval of the measured"
        " one, and two networks are compared by a paired test on the same faces."
    )


def _best(study: StudyResults) -> str:
    """Name the best of the study's four networks, if their intervals tell it from the others."""
    four = [network for network in study.models if network.reported]
    best, second, *_ = sorted(four, key=lambda network: -network.peak_test)
    if best.peak_interval[0] <= second.peak_interval[1]:
        return (
            f"{best.name} has the highest peak of the four, but its interval overlaps with that of"
            f" {second.name}: {TOO_LITTLE} which is the best."
        )
    last = four[-1]
    return (
        f"As in the study, {last.name} is the best of the four."
        if best is last
        else f"The best of the four is {best.name} here; in the study it was {last.name}."
    )
