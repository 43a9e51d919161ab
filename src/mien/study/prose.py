"""Says in sentences how the numbers measured here stand to those that the study reported."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from mien.report.html import between, number
from mien.study.results import Change, Measured, Study

SAME = 0.005
"""Half a step of the study's two digits: a difference below it is none."""


def difference(measured: float, other: float) -> str:
    """Say how much less or more, in the two digits that the study gives."""
    change = measured - other
    if abs(change) < SAME:
        return "as much as"
    return f"{abs(change):.2f} {'more' if change > 0 else 'less'} than"


def within(value: float, interval: Sequence[float]) -> str:
    """Write a number in a sentence, with its interval in brackets."""
    return f"{number(value)} ({between(interval)})"


def against_report(each: Measured) -> Iterator[str]:
    """Compare a network's peaks with those that the study reported."""
    said = each.reported
    if said is None:
        return
    test, low, high = each.peak_test, *each.peak_interval
    if said.test is None or said.train is None:
        yield (
            f"The study gives no number for it, but {said.said}. Here its best epoch reaches"
            f" {within(test, (low, high))} on PublicTest."
        )
        return
    inside = low - SAME <= said.test <= high + SAME
    yield (
        f"The study reported {said.test:.2f} at the peak of its test curve; here the peak on"
        f" PublicTest is {within(test, (low, high))},"
        f" {difference(test, said.test)} the study reported."
    )
    yield (
        f"That is within what chance does among {each.scores.n:,} faces."
        if inside
        else f"Chance among {each.scores.n:,} faces alone does not explain that."
    )
    yield (
        f"On training faces it reported {said.train:.2f}, and here the peak is"
        f" {number(each.peak_train)}, {difference(each.peak_train, said.train)} that."
    )


def against_before(each: Measured, before: Measured | None) -> Iterator[str]:
    """Say whether the network is better than the one before, here and in the study."""
    change = each.change
    if change is None or before is None:
        return
    name = html.escape(change.before)
    yield (
        f"Against {name}, face by face, the accuracy of the kept weights changed by"
        f" {within(change.difference, change.interval)}:"
        f" {verdict(change.better, name)}."
    )
    yield from _same_way(each, before, change)


def verdict(better: bool | None, other: str) -> str:
    """Name what a comparison found."""
    if better is None:
        return "no difference that stands out of the noise"
    return f"{'better' if better else 'worse'} than {other}"


def _same_way(each: Measured, before: Measured, change: Change) -> Iterator[str]:
    """Say whether the study found the same direction."""
    now, then = each.reported, before.reported
    if now is None or then is None:
        return
    if now.test is None:
        better: bool | None = False
        finding = f"The study saw {now.said}"
    elif then.test is None:
        better, finding = True, f"In the study it was {now.said}"
    else:
        step = now.test - then.test
        better = None if abs(step) < SAME else step > 0
        finding = (
            f"In the study {each.name}'s test peak was {difference(now.test, then.test)}"
            f" {before.name}'s"
        )
    if change.better is None:
        yield f"{finding}; here nothing can be said either way."
    elif change.better == better:
        yield f"{finding}: the repetition agrees."
    else:
        yield f"{finding}: the repetition says otherwise."


def ended(each: Measured) -> str:
    """Say when and why the training ended."""
    most, patience = each.card.recipe["epochs"], each.card.recipe["patience"]
    done = len(each.epochs)
    if done < most:
        return (
            f"It ended early after {done} of {most} epochs, since {patience} in a row brought no"
            " lower validation loss."
        )
    return f"It ran all of its {done} epoch{'s' if done > 1 else ''}."


def overfits(each: Measured) -> str:
    """Compare the last epoch's training accuracy with PublicTest's."""
    last = each.epochs[-1]
    gap = last.train_accuracy - last.val_accuracy
    return (
        f"In the last epoch training accuracy, measured with augmentation and dropout on, was"
        f" {abs(gap):.3f} {'above' if gap > 0 else 'below'} PublicTest's."
    )


def agreement(study: Study) -> Iterator[str]:
    """Sum up where repetition and study agree; each sentence is computed from the numbers."""
    known = [each for each in study.models if each.reported and each.reported.test is not None]
    inside = [
        each.name
        for each in known
        for low, high in [each.peak_interval]
        if each.reported and low - SAME <= (each.reported.test or 0) <= high + SAME
    ]
    yield (
        f"Of the {len(known)} test accuracies that the study reported, {len(inside)}"
        f" {'lies' if len(inside) == 1 else 'lie'} within the 95% interval of what was measured"
        f" here{': ' + ', '.join(inside) if inside else ''}."
    )
    four = [each for each in study.models if each.reported]
    best = max(four, key=lambda each: each.peak_test)
    last = four[-1]
    yield (
        f"As in the study, {last.name} is the best of the four."
        if best is last
        else f"The best of the four is here {best.name}, in the study it was {last.name}."
    )
    if not study.whole:
        yield (
            f"<strong>This is a quick pass: {study.subset:.0%} of the Training faces and at most"
            f" {max(each.card.recipe['epochs'] for each in study.models)} epochs, so it shows the"
            " way, not the result.</strong>"
        )
