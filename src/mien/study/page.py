"""Makes the study's page."""

from __future__ import annotations

import html
from collections.abc import Iterator

from mien.data import Samples
from mien.models.info import INTENDED_USE
from mien.report.html import code, document, figure, number, paragraph, scored, table
from mien.report.style import STYLE as REPORT_STYLE
from mien.study.ablations import Ablated, Ablations, Point, known
from mien.study.chapters import chapters, data, headline
from mien.study.charts import dots
from mien.study.progress import duration
from mien.study.prose import verdict
from mien.study.results import Made, Study

STYLE = """
svg .third { fill: var(--soft) } svg .layer { opacity: .16; stroke: var(--ink) }
.examples { display: grid; grid-template-columns: max-content minmax(0, 26rem);
  gap: .3rem .8rem; align-items: center; margin: .6rem 0 1rem }
.examples span { text-align: right } .examples small { display: block; color: var(--soft) }
.examples img { width: 100%; height: auto; margin: 0; display: block }
.tall { max-width: 30rem } .tall figure { padding: .5rem }
.headline .range { display: block; margin: 0; font-size: .85em; color: var(--soft) }
main ul { max-width: 46rem; padding-left: 1.2rem }
.found { border-left: 3px solid var(--one); padding: .1rem 0 .1rem .8rem; max-width: 46rem }
@media (max-width: 34rem) { .tiles { grid-template-columns: 1fr 1fr }
  .examples { gap: .2rem .5rem } .examples span { font-size: .85rem } }
@media print { .examples { max-width: 12cm } .tall { max-width: 9cm } }
"""


TITLE = "The study, repeated"


def study_page(study: Study | None, found: Ablations | None, samples: Samples | None) -> str:
    """Make the page.

    Parameters
    ----------
    study
        What was measured of the networks; None where only ablations were made.
    found
        What was measured by ablations, if anything.
    samples
        Faces to show examples of; None shows none.
    """
    parts = list(_parts(study, found, samples))
    links = " ".join(f'<a href="#{anchor}">{title}</a>' for anchor, title, _ in parts)
    blocks = "\n".join(
        f'<section id="{anchor}"><h2>{title}</h2>\n{part}</section>'
        for anchor, title, part in parts
    )
    body = (
        f'<header><h1>{TITLE}</h1>{_about()}<p class="note">{html.escape(INTENDED_USE)}</p>'
        f'</header>\n<nav aria-label="Chapters">{links}</nav>\n<main>{blocks}</main>'
    )
    return document(TITLE, body, REPORT_STYLE + STYLE)


def _about() -> str:
    return paragraph(
        "mien grew out of a study, “Human facial expression detector using Deep Learning"
        " Network”, which climbed from a plain convolutional network to its best one,"
        " lobonet, reading seven expressions in faces of 48 × 48 pixels. This page"
        " trains its networks again, by its own settings, and sets what it reported beside what"
        " was measured here."
    )


def _parts(
    study: Study | None, found: Ablations | None, samples: Samples | None
) -> Iterator[tuple[str, str, str]]:
    """Give the anchor, title and HTML of each chapter, in the order of the story."""
    if study is not None:
        yield "table", "Reported and measured", headline(study)
        yield "data", "The data", data(study.data, study.subset, samples)
        yield from chapters(study)
    if found is not None and found.ablated:
        yield "ablations", "One change at a time", _ablations(found)
    yield "your-face", "Read your own face", _own_face()
    made = [(study.made, study.data.sha256)] if study else []
    made += [(found.made, found.sha256)] if found else []
    yield "made", "How this was made", "".join(_made(*each) for each in made) + _times(study)


def _ablations(found: Ablations) -> str:
    seeds = f"{found.seeds} seeds" if found.seeds > 1 else "one seed"
    about = paragraph(
        "The study changed several things from model to model. Here lobonet is trained with one"
        f" thing changed at a time, on {found.subset:.0%} of the Training faces, for"
        f" {found.epochs} epoch{'s' if found.epochs > 1 else ''} in which the learning rate rises"
        f" to 0.002 and falls again, with {seeds} each. A seed draws the faces, the first weights"
        f" and the order. Numbers were multiplied in {found.precision}.",
        "Small dots are single trainings, rings their mean, lines its 95% t interval over the"
        " seeds. What such a short training on few faces shows need not hold for a long one."
        if found.seeds > 1
        else "With one seed there is no interval, so no difference can be told from chance.",
    )
    return about + "".join(_ablation(each) for each in found.ablated)


def _ablation(each: Ablated) -> str:
    ablation = known(each.name)
    headings = ["value", "accuracy, 95%", "against lobonet's, 95%", "verdict", "parameters", "time"]
    rows = [[ablation.shown(point.value), *_ablation_row(point)] for point in each.points]
    chart = dots("Accuracy on PublicTest", [(row[0], point) for row, point in
                 zip(rows, each.points, strict=True)])  # fmt: skip
    return (
        f'<h3 id="{each.name}">{ablation.title}</h3>{paragraph(ablation.about)}'
        f'<p class="found">{conclusion(each)}</p>{figure(chart)}{table(headings, rows)}'
    )


def _ablation_row(point: Point) -> list[str]:
    return [
        scored(point.mean, point.interval),
        "" if point.change is None else scored(point.change, point.change_interval),
        "" if point.change is None else verdict(better(point), "lobonet"),
        f"{point.parameters:,}",
        duration(point.seconds),
    ]


def better(point: Point) -> bool | None:
    """Tell whether a value is better than the base; None where the noise hides it."""
    if point.change_interval is None:
        return None
    low, high = point.change_interval
    return True if low > 0 else False if high < 0 else None


def conclusion(each: Ablated) -> str:
    """Say in words what the seeds showed, nothing included."""
    def names(wanted: bool | None) -> str:
        found = [point for point in each.points if point.change is not None]
        return ", ".join(shown(point.value) for point in found if better(point) is wanted)

    shown = known(each.name).shown
    best = max(each.points, key=lambda point: point.mean)
    said = [f"Highest mean: {shown(best.value)}, {number(best.mean)}."]
    for wanted, words in (
        (True, "Shown to be better than lobonet's own"),
        (False, "Shown to be worse than lobonet's own"),
        (None, "Not shown to differ from it"),
    ):
        if names(wanted):
            said.append(f"{words}: {names(wanted)}.")
    return " ".join(said)


def _own_face() -> str:
    return paragraph(
        "The study ended with its author: photographed with six expressions, cropped, and the"
        " emoji of what the network read beside each. To end it with yourself, take a few photos"
        f" and run {code('mien detect photo.jpg --sheet sheet.png')}: it finds and crops the face,"
        " reads it, and sets the emoji and how sure it is beside it."
        f" {code('mien detect photo.jpg --explain')} draws where on the face the answer was read"
        " from."
    )


def _made(made: Made, sha256: str) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in made.versions.items())
    commit = f", commit {html.escape(made.commit[:12] + made.commit[40:])}" if made.commit else ""
    return (
        f"<p>{made.date}: {code(made.command)}</p>"
        f'<p class="soft small">{html.escape(versions)}{commit}; SHA-256 of the data'
        f" {html.escape(sha256)}</p>"
    )


def _times(study: Study | None) -> str:
    if study is None:
        return ""
    total = sum(each.seconds for each in study.models)
    rows = [
        [html.escape(each.name), duration(each.seconds), str(len(each.epochs)),
         duration(each.seconds / len(each.epochs)), each.card.recipe.get("precision") or "default"]
        for each in study.models
    ]  # fmt: skip
    return paragraph(f"The trainings took {duration(total)} in all.") + table(
        ["network", "time", "epochs", "an epoch", "precision"], rows
    )
