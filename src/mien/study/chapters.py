"""The chapters of the study's page, from the data to the tuned network."""

from __future__ import annotations

import html
from collections.abc import Iterator

import numpy as np

from mien import nets
from mien.classes import FER2013
from mien.data import Samples
from mien.data.figures import draw_counts, examples
from mien.figures import inline
from mien.report.html import (
    NONE,
    between,
    count,
    data_uri,
    duration,
    figures,
    folded,
    number,
    paragraph,
    score,
    table,
)
from mien.report.inputs import NetworkResults, TrainingRun
from mien.report.sections.scores import confusion, scores
from mien.report.sections.training import training
from mien.settings import TrainSettings
from mien.study import prose
from mien.study.figures import draw_network_layers, draw_peaks
from mien.study.plan import MODELS, TUNED_MODEL, Model
from mien.study.results import Data, StudyResults, TrainedNetwork
from mien.training.fit import MACHINE
from mien.words import counted, spaced

_TITLES = {"train": "Training", "public": "PublicTest", "private": "PrivateTest"}

CAUTIONS = (
    "Each network's epoch was selected on PublicTest, so its accuracy here is slightly optimistic;"
    " PrivateTest is left for a blind test and was not used.",
    "The study does not say which faces its test accuracy was measured on; here it is PublicTest.",
    "Training accuracy is measured during training, on augmented faces and with dropout on, as"
    " Keras reports it. Test accuracy is not, so a test curve may be above its training curve.",
    "A peak is the best of many epochs, and therefore somewhat lucky. The 95% intervals are"
    " Wilson's, for the chance in which faces were drawn; with one training each, nothing is known"
    " about the chance in the seed.",
)


def headline(study: StudyResults) -> str:
    """Compare what the study reported with what was measured."""
    headings = [
        "network", "test, reported", "test, here, 95%", "train, reported", "train, here",
        "kept epoch, 95%", "macro F1, 95%",
    ]  # fmt: skip
    rows = [_headline_row(network) for network in study.models]
    cautions = "".join(f"<li>{sentence}</li>" for sentence in CAUTIONS)
    finding = f'<p class="finding">{" ".join(prose.agreement(study))}</p>'
    about = paragraph(
        "Train and test are the peaks of the curves, as the study reported them. The kept epoch is"
        " the one whose weights are used; the settings determine how it is selected."
    )
    values = "; ".join(f"{network.name} {network.peak_test:.3f}" for network in study.models)
    chart = figures(inline(draw_peaks(study), "Peak test accuracy", values))
    return (
        f"{finding}{about}{table(headings, rows, 'headline')}{chart}"
        f"<h3>How to read these numbers</h3><ul>{cautions}</ul>"
    )


def _headline_row(network: TrainedNetwork) -> list[str]:
    reported, measured = network.reported, network.scores
    train, test = (reported.train, reported.test) if reported else (None, None)
    return [
        f'<a href="#{network.name}">{html.escape(network.name)}</a>',
        _reported(test) if reported is None or test is not None else "a large drop",
        score(network.peak_test, network.peak_interval),
        _reported(train),
        number(network.peak_train),
        score(measured.accuracy, measured.interval.accuracy),
        score(measured.macro_f1, measured.interval.macro_f1),
    ]


def _reported(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f}"


def data(described: Data, subset: float, samples: Samples | None) -> str:
    """Show what the data holds, with example faces if they may be shown."""
    by_split = {_TITLES.get(name, name): values for name, values in described.counts.items()}
    names = FER2013.names
    rows = [[name, *(count(split[name]) for split in by_split.values())] for name in names]
    rows.append(["<b>all</b>", *(count(sum(split.values())) for split in by_split.values())])
    values = "; ".join(
        f"{name} {sum(split[name] for split in by_split.values()):,}" for name in names
    )
    chart = inline(draw_counts(described.counts, FER2013), "Faces by class and split", values)
    return "".join(
        [
            paragraph(*_about_data(described, subset)),
            table(["class", *by_split], rows),
            f'<div class="wide" tabindex="0"><figure class="broad">{chart}</figure></div>',
            "" if samples is None else _examples(samples),
        ]
    )


def _about_data(described: Data, subset: float) -> Iterator[str]:
    total = sum(sum(split.values()) for split in described.counts.values())
    train, names = described.counts["train"], FER2013.names
    rare, frequent = min(names, key=train.__getitem__), max(names, key=train.__getitem__)
    yield (
        f"{html.escape(described.file)} holds {count(total)} gray faces of 48 × 48 pixels in seven"
        f" classes. {frequent.capitalize()} has {train[frequent] / max(1, train[rare]):.1f} times"
        f" as many Training faces as {rare}."
    )
    duplicates = described.duplicates
    if duplicates.groups:
        yield (
            f"{count(duplicates.faces)} faces are pixel-identical to another face, and"
            f" {count(duplicates.test_in_train)} test faces to a Training face;"
            f" {count(duplicates.conflicting_groups)} of the {count(duplicates.groups)} groups of"
            " duplicates have more than one label."
        )
    if subset < 1:
        yield f"The networks below are trained on {subset:.0%} of the Training faces."


def _examples(samples: Samples) -> str:
    """Show eight faces of each class in a row."""
    rows = []
    for expression, picked in examples(samples).items():
        strip = np.concatenate(list(samples.images[picked]), axis=1)
        faces = int((samples.labels == expression.number).sum())
        rows.append(
            f"<span>{expression.name}<small>{faces:,}</small></span>"
            f'<img alt="{len(picked)} faces labelled {expression.name}"'
            f' src="{data_uri(strip)}" style="max-width:{3.25 * len(picked):g}rem">'
        )
    return (
        "<h3>Faces of each class</h3>"
        + paragraph("Picked at random from all splits, with their original labels.")
        + f'<div class="examples">{"".join(rows)}</div>'
    )


def chapters(study: StudyResults) -> Iterator[tuple[str, str, str]]:
    """Return a chapter for each network: its anchor, title and HTML."""
    known = {model.name: model for model in (*MODELS, TUNED_MODEL)}
    before: TrainedNetwork | None = None
    for network in study.models:
        model = known[network.name]
        yield network.name, model.title, _chapter(model, network, before, study.complete)
        before = network


def _chapter(
    model: Model, network: TrainedNetwork, before: TrainedNetwork | None, complete: bool
) -> str:
    record = network.record
    run = TrainingRun(network.name, network.epochs, record, record.recipe)
    results = NetworkResults(network.name, network.scores, run=run)
    findings = [
        *prose.against_report(network, complete),
        *prose.against_before(network, before, complete),
    ]
    return "".join(
        [
            paragraph(model.changed),
            _settings(network) if model is TUNED_MODEL else "",
            _tiles(network),
            f'<p class="finding">{" ".join(findings)}</p>' if findings else "",
            paragraph(prose.ended(network), prose.overfits(network)),
            "<h3>Curves</h3>",
            training(results) or "",
            _layers(network) if network.name == "lobonet" else "",
            "<h3>What it confuses</h3>",
            confusion(results) or "",
            folded("Scores by class", scores(results) or ""),
        ]
    )


def _tiles(network: TrainedNetwork) -> str:
    measured, record = network.scores, network.record
    entries = (
        ("peak on PublicTest", number(network.peak_test), between(network.peak_interval)),
        ("peak on Training", number(network.peak_train), "augmented, with dropout"),
        ("kept epoch", number(measured.accuracy), between(measured.interval.accuracy)),
        ("parameters", count(record.parameters), f"{record.macs / 1e6:.1f} M multiply-adds"),
        ("training", duration(network.seconds), counted(len(network.epochs), "epoch")),
    )
    tiles = "".join(
        f"<div><dt>{name}</dt><dd>{value}<small>{below}</small></dd></div>"
        for name, value, below in entries
    )
    return f'<dl class="tiles">{tiles}</dl>'


def _settings(network: TrainedNetwork) -> str:
    """List the settings that differ from the study's own."""
    default = TrainSettings().model_dump(mode="json")
    own = default | nets.options(network.record.architecture, {})
    rows = [
        [spaced(name), html.escape(str(own[name])), html.escape(str(value))]
        for name, value in network.record.recipe.items()
        if name in default and name not in ("name", "out", *MACHINE)
        and value is not None and value != own[name]
    ]  # fmt: skip
    if not rows:
        return paragraph("Nothing differs: these are the study's own settings.")
    return table(["setting", "the study's", "tuned"], rows)


def _layers(network: TrainedNetwork) -> str:
    figure = draw_network_layers(network)
    about = f"The layers of {network.name}, with the shape of each output and its parameters."
    return (
        "<h3>Its layers</h3>"
        + paragraph(
            "From top to bottom, in the order in which a face of 48 × 48 pixels passes through"
            " them. Each box starts with a convolution or dense layer; outputs are channels ×"
            " height × width."
        )
        + figures(inline(figure, f"The layers of {network.name}", about))
    )
