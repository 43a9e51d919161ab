"""Sections on the data, and on the training that a run folder records."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from mien.evaluation.results import Scores
from mien.evaluation.wording import about_excluded, about_trained_on
from mien.figures import draw_training, inline
from mien.report.html import count, duration, figures, folded, number, paragraph, table
from mien.report.inputs import NetworkResults, TrainingRun
from mien.words import plural

_CAUTION = {
    "train": "The network was trained on these faces, so the scores say nothing about new ones.",
    "validation": (
        "The network's epoch and temperature were selected on these faces, so the scores are"
        " slightly optimistic."
    ),
    "public": (
        "mien selects a network's epoch and temperature on PublicTest, so these scores are"
        " slightly optimistic; PrivateTest is the blind test."
    ),
}
"""What to keep in mind about the scores of a split."""


def data(network: NetworkResults) -> str | None:
    """Return how many faces of each class were measured, and how many were trained on."""
    measured, record = network.scores, network.run.record if network.run else None
    if measured is None and record is None:
        return None
    columns: dict[str, dict[str, int]] = {}
    if measured is not None:
        columns["measured"] = measured.faces
    if record is not None:
        columns |= {"trained on": record.data.train, "validation": record.data.validation}
    rows = [
        [html.escape(name), *(count(column.get(name, 0)) for column in columns.values())]
        for name in network.classes.names
    ]
    rows.append(["<b>all</b>", *(count(sum(column.values())) for column in columns.values())])
    return "".join(
        [
            paragraph(*_about_data(network, measured)),
            table(["class", *columns], rows),
            _fingerprints(network),
        ]
    )


def _about_data(network: NetworkResults, measured: Scores | None) -> Iterator[str]:
    if measured is None:
        yield "The faces that the network was trained on; it has not been measured."
        return
    yield f"The scores were measured on {count(measured.n)} faces: {html.escape(network.split)}."
    if measured.trained_on:
        yield f"<strong>{about_trained_on(measured)}</strong>"
    elif measured.split != "train" or measured.trained_on is None:
        yield _CAUTION.get(measured.split or "", "")
    missed = sum(measured.missed.values())
    if missed:
        yield f"{count(missed)} of them were not found, and count as errors."
    if measured.excluded is not None:
        yield f"<strong>{html.escape(about_excluded(measured.excluded))}</strong>"
        yield "Scores without these faces are not comparable with scores on all faces."
    if measured.n_unique is not None:
        yield (
            f"{count(measured.n - measured.n_unique)} are pixel-identical to a training face;"
            " every score is given without them too."
        )
    if measured.conflicts:
        yield f"{count(measured.conflicts)} of these have another label in the training data."


def _fingerprints(network: NetworkResults) -> str:
    """Return the SHA-256 of the network and of the data."""
    digests = []
    if network.scores is not None and network.scores.sha256:
        digests.append(f"network {html.escape(network.scores.sha256)}")
    if network.predictions is not None and network.predictions.sha256:
        digests.append(f"measured data {html.escape(network.predictions.sha256)}")
    if network.run is not None and network.run.record is not None:
        trained = network.run.record.data
        digests.append(f"training data ({html.escape(trained.name)}) {html.escape(trained.sha256)}")
    return f'<p class="soft small">SHA-256: {"; ".join(digests)}</p>' if digests else ""


def training(network: NetworkResults) -> str | None:
    """Return the curves of a run, and its recipe."""
    run = network.run
    if run is None:
        return None
    parts = [paragraph(*_about_training(run))]
    if run.epochs:
        parts.append(figures(_curves(run)))
    return "".join([*parts, recipe_list(run.recipe)])


def _about_training(run: TrainingRun) -> Iterator[str]:
    time = duration(sum(epoch.seconds for epoch in run.epochs))
    epochs = len(run.epochs)
    yield (
        f"The run {html.escape(run.name)} trained for {count(epochs)} {plural(epochs, 'epoch')} in"
        f" {time}."
    )
    if run.record is None:
        yield "It is not finished, so no best epoch has been chosen yet."
        return
    yield run.record.validation.caution
    best = run.record.best
    which = "It ended" if epochs == 1 else f"Epoch {count(best.epoch)} was the best,"
    yield (
        f"{which} with a validation accuracy of {number(best.val_accuracy)} and a validation loss"
        f" of {number(best.val_loss)}; its weights were kept ({html.escape(run.record.selection)})."
    )
    yield (
        f"The architecture, {html.escape(run.record.architecture)}, has"
        f" {count(run.record.parameters)} parameters and takes {count(run.record.macs)}"
        " multiply-accumulate operations per face."
    )
    yield (
        "The training curve is measured on augmented faces with dropout on, which is harder, so"
        " the two curves cannot be compared point by point."
    )


def _curves(run: TrainingRun) -> str:
    rows = [epoch.model_dump() for epoch in run.epochs]
    best = run.record.best.epoch if run.record else None
    first, last = run.epochs[0], run.epochs[-1]
    return inline(
        draw_training(rows, best=best, stacked=True),
        "Accuracy and loss by epoch",
        f"Training accuracy goes from {first.train_accuracy:.3f} to {last.train_accuracy:.3f} and"
        f" loss from {first.train_loss:.3f} to {last.train_loss:.3f}; validation accuracy from"
        f" {first.val_accuracy:.3f} to {last.val_accuracy:.3f} and loss from"
        f" {first.val_loss:.3f} to {last.val_loss:.3f}.",
    )


def recipe_list(recipe: dict[str, Any]) -> str:
    """Return the settings of a training, folded."""
    pairs = {key: value for key, value in recipe.items() if not isinstance(value, dict)}
    for group in (value for value in recipe.values() if isinstance(value, dict)):
        pairs |= group
    entries = "".join(
        f"<div><dt>{html.escape(key.replace('_', ' '))}</dt>"
        f"<dd>{html.escape(_in_words(value))}</dd></div>"
        for key, value in pairs.items()
        if value is not None
    )
    return folded("The recipe as run", f'<dl class="recipe">{entries}</dl>')


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    # The first digits identify a commit, and what follows its digest marks local changes.
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{28}\b", r"\1", str(value))
