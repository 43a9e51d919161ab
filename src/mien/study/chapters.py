"""The chapters of the study's page, from the data to the tuned network."""

from __future__ import annotations

import html
from collections.abc import Iterator

import numpy as np

from mien import nets
from mien.classes import NAMES
from mien.data import Samples
from mien.data.figures import examples
from mien.report.html import (
    NONE,
    beside,
    between,
    count,
    figure,
    folded,
    number,
    paragraph,
    png_address,
    scored,
    table,
)
from mien.report.inputs import Subject, Training
from mien.report.sections import scores as class_parts
from mien.report.sections import training as training_parts
from mien.settings import TrainSettings
from mien.study import prose as words
from mien.study.charts import compared, counts
from mien.study.layers import drawing, layers
from mien.study.plan import MODELS, TUNED_MODEL, Model
from mien.study.results import Data, Measured, Study
from mien.training.fit import MACHINE

_TITLES = {"train": "Training", "public": "PublicTest", "private": "PrivateTest"}

CAUTIONS = (
    "PublicTest chose each network's epoch, so its accuracy here flatters a little; PrivateTest"
    " is left for a blind test and was not touched.",
    "The study does not say which faces its test accuracy was measured on; here it is PublicTest.",
    "Training accuracy is measured while the network learns, on augmented faces and with dropout"
    " on, as Keras reports it; test accuracy is not, so a test curve may lie above.",
    "A peak is the best of many epochs, and so is itself a little lucky. The 95% intervals are"
    " Wilson's, for the chance in which faces were drawn; one training each says nothing of the"
    " chance in its seed.",
)


def headline(study: Study) -> str:
    """Hold what the study reported against what was measured."""
    headings = [
        "network", "test, reported", "test, here, 95%", "train, reported", "train, here",
        "kept epoch, 95%", "macro F1, 95%",
    ]  # fmt: skip
    rows = [_headline_row(each) for each in study.models]
    caution = "".join(f"<li>{sentence}</li>" for sentence in CAUTIONS)
    found = f'<p class="found">{" ".join(words.agreement(study))}</p>'
    about = paragraph(
        "Train and test are the peaks of the curves, as the study reported them; the kept epoch"
        " is the one whose weights are used, which its settings choose."
    )
    return (
        f"{found}{about}{table(headings, rows, 'headline')}{figure(compared(study))}"
        f"<h3>How to read these numbers</h3><ul>{caution}</ul>"
    )


def _headline_row(each: Measured) -> list[str]:
    said = each.reported
    told = [f"{value:.2f}" if value is not None else NONE for value in
            ((said.train, said.test) if said else (None, None))]  # fmt: skip
    scores = each.scores
    return [
        f'<a href="#{each.name}">{html.escape(each.name)}</a>',
        told[1] if said is None or said.test is not None else "a large drop",
        scored(each.peak_test, each.peak_interval),
        told[0],
        number(each.peak_train),
        scored(scores.accuracy, scores.interval.accuracy),
        scored(scores.macro_f1, scores.interval.macro_f1),
    ]


def data(found: Data, subset: float, samples: Samples | None) -> str:
    """Show what the data holds, with example faces where they may be shown."""
    by_split = {_TITLES.get(name, name): values for name, values in found.counts.items()}
    rows = [[name, *(count(split[name]) for split in by_split.values())] for name in NAMES]
    rows.append(["<b>all</b>", *(count(sum(split.values())) for split in by_split.values())])
    return "".join(
        [
            paragraph(*_said_of_data(found, subset)),
            beside(counts(by_split), table(["class", *by_split], rows)),
            "" if samples is None else _examples(samples),
        ]
    )


def _said_of_data(found: Data, subset: float) -> Iterator[str]:
    total = sum(sum(split.values()) for split in found.counts.values())
    train = found.counts["train"]
    rare, frequent = min(NAMES, key=train.__getitem__), max(NAMES, key=train.__getitem__)
    yield (
        f"{html.escape(found.file)} holds {count(total)} gray faces of 48 × 48 pixels in seven"
        f" classes. {frequent.capitalize()} has {train[frequent] / max(1, train[rare]):.1f} times"
        f" as many Training faces as {rare}."
    )
    twins = found.twins
    if twins.groups:
        yield (
            f"{count(twins.faces)} faces are pixel-identical to another, and"
            f" {count(twins.test_in_train)} test faces to one of Training; of"
            f" {count(twins.groups)} groups of such twins {count(twins.conflicting_groups)} carry"
            " more than one label."
        )
    if subset < 1:
        yield f"The networks below learn from {subset:.0%} of the Training faces."


def _examples(samples: Samples) -> str:
    """Show eight faces of each class in a row."""
    rows = []
    for expression, picked in examples(samples).items():
        strip = np.concatenate(list(samples.images[picked]), axis=1)
        told = int((samples.labels == expression.number).sum())
        rows.append(
            f"<span>{expression.name}<small>{told:,}</small></span>"
            f'<img alt="{len(picked)} faces labelled {expression.name}"'
            f' src="{png_address(strip)}" style="max-width:{3.25 * len(picked):g}rem">'
        )
    return (
        "<h3>Faces of each class</h3>"
        + paragraph("Picked by chance, of all splits, with their labels as they are.")
        + f'<div class="examples">{"".join(rows)}</div>'
    )


def chapters(study: Study) -> Iterator[tuple[str, str, str]]:
    """Give a chapter for each network: its anchor, title and HTML."""
    known = {model.name: model for model in (*MODELS, TUNED_MODEL)}
    before: Measured | None = None
    for each in study.models:
        model = known[each.name]
        yield each.name, model.title, _chapter(model, each, before)
        before = each


def _chapter(model: Model, each: Measured, before: Measured | None) -> str:
    training = Training(each.name, each.epochs, each.card, each.card.recipe)
    subject = Subject(each.name, each.scores, training=training)
    happened = [*words.against_report(each), *words.against_before(each, before)]
    return "".join(
        [
            paragraph(model.changed),
            _settings(each) if model is TUNED_MODEL else "",
            _tiles(each),
            f'<p class="found">{" ".join(happened)}</p>' if happened else "",
            paragraph(words.ended(each), words.overfits(each)),
            "<h3>Curves</h3>",
            training_parts.training(subject) or "",
            _drawing(each) if each.name == "lobonet" else "",
            "<h3>What it takes for what</h3>",
            class_parts.confusion(subject) or "",
            folded("Scores by class", class_parts.scores(subject) or ""),
        ]
    )


def _tiles(each: Measured) -> str:
    scores = each.scores
    entries = (
        ("peak on PublicTest", number(each.peak_test), between(each.peak_interval)),
        ("peak on Training", number(each.peak_train), "augmented, with dropout"),
        ("kept epoch", number(scores.accuracy), between(scores.interval.accuracy)),
        ("parameters", count(each.card.parameters), f"{each.card.macs / 1e6:.1f} M multiply-adds"),
        ("training", f"{each.seconds / 60:.0f} min", f"{len(each.epochs)} epochs"),
    )
    tiles = "".join(
        f"<div><dt>{name}</dt><dd>{value}<small>{below}</small></dd></div>"
        for name, value, below in entries
    )
    return f'<dl class="tiles">{tiles}</dl>'


def _settings(each: Measured) -> str:
    """List in what the training differs from the study's own settings."""
    own = TrainSettings().model_dump(mode="json")
    net = nets.options(each.card.architecture, {})
    rows = [
        [key.replace("_", " "), html.escape(str(net.get(key, own[key]))), html.escape(str(value))]
        for key, value in each.card.recipe.items()
        if key in own and value is not None and value != net.get(key, own[key])
        and key not in ("name", "out", *MACHINE)
    ]  # fmt: skip
    if not rows:
        return paragraph("Nothing is different: these are the study's own settings.")
    return table(["setting", "the study's", "tuned"], rows)


def _drawing(each: Measured) -> str:
    found = layers(nets.build(each.card.architecture, each.card.recipe))
    return (
        "<h3>Its layers</h3>"
        + paragraph(
            "From top to bottom, as a face of 48 × 48 pixels passes them: each box begins with a"
            " convolution or dense layer, the output is channels × height × width."
        )
        + f'<div class="tall"><figure>{drawing(each.name, found)}</figure></div>'
    )
