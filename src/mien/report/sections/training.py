"""The parts of a report that a run folder has something to say to."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from mien.classes import NAMES
from mien.evaluation.results import Best, Epoch, Scores, TrainedOn
from mien.report.html import count, figure, folded, number, paragraph, table
from mien.report.inputs import Subject, Training
from mien.report.svg import Frame, Line, Mark, line_chart

_CAUTION = {
    "train": "Networks are trained on these faces, so the scores say nothing of new ones.",
    "public": (
        "In mien PublicTest also chooses a network's epoch and temperature, so scores on it"
        " flatter a little; PrivateTest is the blind test."
    ),
}
"""What is to be said of scores on a split."""


def data(subject: Subject) -> str | None:
    """Count the faces by class: those measured, and those of the training."""
    scores, card = subject.scores, subject.training.card if subject.training else None
    if scores is None and card is None:
        return None
    columns = dict(_columns(scores, card.data if card else None))
    rows = [[name, *(count(column[name]) for column in columns.values())] for name in NAMES]
    rows.append(["<b>all</b>", *(count(sum(column.values())) for column in columns.values())])
    return "".join(
        [
            paragraph(*_said_of_data(subject, scores)),
            table(["class", *columns], rows),
            _fingerprint(subject, card.data if card else None),
        ]
    )


def _columns(
    scores: Scores | None, trained: TrainedOn | None
) -> Iterator[tuple[str, dict[str, int]]]:
    """Give the columns of the table: heading, and faces by class."""
    if scores is not None:
        totals = zip(scores.confusion, scores.missed.values(), strict=True)
        counted = [sum(row) + missed for row, missed in totals]
        yield "measured", dict(zip(NAMES, counted, strict=True))
    if trained is not None:
        yield "trained on", trained.train
        yield "validation", trained.validation


def _said_of_data(subject: Subject, scores: Scores | None) -> Iterator[str]:
    if scores is None:
        yield "What the network was trained on; it was not measured."
        return
    yield f"The scores are measured on {count(scores.n)} faces: {html.escape(subject.split)}."
    yield _CAUTION.get(scores.split or "", "")
    missed = sum(scores.missed.values())
    if missed:
        yield f"{count(missed)} of them were not found, and each counts as an error."
    if scores.n_unique is not None:
        yield (
            f"{count(scores.n - scores.n_unique)} are pixel-identical to a training face; every"
            " score is given without them too."
        )
    if scores.conflicts:
        yield f"{count(scores.conflicts)} of these twins are labelled otherwise there."


def _fingerprint(subject: Subject, trained: TrainedOn | None) -> str:
    """Say which data it was, by its digest."""
    digests = []
    if subject.predictions is not None and subject.predictions.sha256:
        digests.append(f"measured data {html.escape(subject.predictions.sha256)}")
    if trained is not None:
        name, digest = html.escape(trained.name), html.escape(trained.sha256)
        digests.append(f"training data ({name}) {digest}")
    return f'<p class="soft small">SHA-256: {"; ".join(digests)}</p>' if digests else ""


def training(subject: Subject) -> str | None:
    """Draw the curves of a run, and list its recipe."""
    run = subject.training
    if run is None:
        return None
    parts = [paragraph(*_said_of_training(run))]
    if run.epochs:
        parts.append(figure(*_curves(run)))
    return "".join([*parts, _recipe(run.recipe)])


def _said_of_training(run: Training) -> Iterator[str]:
    hours = sum(epoch.seconds for epoch in run.epochs) / 3600
    yield f"The run {html.escape(run.name)} trained for {count(len(run.epochs))} epochs"
    yield f"in {hours:.1f} hours." if hours >= 1 else f"in {60 * hours:.0f} minutes."
    if run.card is None:
        yield "It is not finished, so it has no best epoch yet."
        return
    best = run.card.best
    yield (
        f"Epoch {count(best.epoch)} is the best, with a validation accuracy of"
        f" {number(best.val_accuracy)} and a loss of {number(best.val_loss)}; its weights were"
        f" kept ({html.escape(run.card.selection)})."
    )
    yield (
        f"The network, {html.escape(run.card.architecture)}, has {count(run.card.parameters)}"
        f" parameters and takes {count(run.card.macs)} multiply-accumulates a face."
    )
    yield (
        "The training curve is measured on augmented faces and with dropout, which is harder:"
        " the two are not to be compared point by point."
    )


def _curves(run: Training) -> Iterator[str]:
    """Draw accuracy and loss by epoch, with the best epoch marked."""
    best = run.card.best if run.card else None
    for name in ("accuracy", "loss"):
        halves = {half: _points(run.epochs, f"{half}_{name}") for half in ("train", "val")}
        values = [y for points in halves.values() for _, y in points]
        lines = [
            Line("training", halves["train"], "two"),
            Line("validation", halves["val"], "one"),
        ]
        yield line_chart(
            f"{name.capitalize()} by epoch",
            f"Training from {halves['train'][0][1]:.3f} to {halves['train'][-1][1]:.3f},"
            f" validation from {halves['val'][0][1]:.3f} to {halves['val'][-1][1]:.3f}.",
            Frame((1, max(2, run.epochs[-1].epoch)), _spread(values)),
            "epoch",
            lines,
            _best(best, name),
        )


def _points(epochs: tuple[Epoch, ...], name: str) -> list[tuple[float, float]]:
    return [(epoch.epoch, getattr(epoch, name)) for epoch in epochs]


def _spread(values: list[float]) -> tuple[float, float]:
    """Give the range of values with some air around it."""
    low, high = min(values), max(values)
    air = 0.06 * (high - low) or 0.05
    return low - air, high + air


def _best(best: Best | None, name: str) -> list[Mark]:
    if best is None:
        return []
    value, label = getattr(best, f"val_{name}"), f"best: {best.epoch}"
    # On the side of the validation's curve where the training's mostly is not.
    return [Mark(best.epoch, value, label=label, under=name == "accuracy")]


def _recipe(recipe: dict[str, Any]) -> str:
    """List the settings as run."""
    pairs = {key: value for key, value in recipe.items() if not isinstance(value, dict)}
    for group in (value for value in recipe.values() if isinstance(value, dict)):
        pairs |= group
    entries = "".join(
        f"<div><dt>{html.escape(key.replace('_', ' '))}</dt>"
        f"<dd>{html.escape(_plain(value))}</dd></div>"
        for key, value in pairs.items()
        if value is not None
    )
    return folded("The recipe as run", f'<dl class="recipe">{entries}</dl>')


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    # Of a commit's digest the first digits tell it apart, and what follows it marks changes.
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{28}\b", r"\1", str(value))
