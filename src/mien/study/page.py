"""Writes the study's page."""

from __future__ import annotations

import html
from collections.abc import Iterator

from mien.data import Samples
from mien.figures import inline
from mien.report.commands import EXPLAIN, SHEET
from mien.report.html import code, document, duration, figures, number, paragraph, score, table
from mien.report.page import NOTE
from mien.report.style import REPORT
from mien.study.ablations import (
    EPOCHS,
    SUBSET,
    AblationResult,
    AblationResults,
    Point,
    ablation_named,
)
from mien.study.chapters import chapters, data, headline
from mien.study.figures import draw_ablation
from mien.study.prose import TOO_LITTLE, verdict
from mien.study.results import Provenance, StudyResults
from mien.words import counted

STYLE = """
.examples { display: grid; grid-template-columns: max-content minmax(0, 26rem);
  gap: .3rem .8rem; align-items: center; margin: .6rem 0 1rem }
.examples span { text-align: right } .examples small { display: block; color: var(--soft) }
.examples img { width: 100%; height: auto; margin: 0; display: block }
.broad { min-width: 40rem; max-width: 54rem; padding: .5rem }
.headline .range { display: block; margin: 0; font-size: .85em; color: var(--soft) }
main ul { max-width: 46rem; padding-left: 1.2rem }
.finding { border-left: 3px solid var(--one); padding: .1rem 0 .1rem .8rem; max-width: 46rem }
@media (max-width: 34rem) { .tiles { grid-template-columns: 1fr 1fr }
  .examples { gap: .2rem .5rem } .examples span { font-size: .85rem } }
@media print { .examples { max-width: 12cm } .broad { min-width: 0; max-width: 15cm } }
"""


TITLE = "The study, repeated"

_NEEDS = (
    f"This is too little to say what matters: a verdict takes two seeds or more, {SUBSET:.0%} of"
    f" the Training faces and {EPOCHS} epochs, and an interval of the difference that excludes 0."
)


def study_page(
    study: StudyResults | None, ablations: AblationResults | None, samples: Samples | None
) -> str:
    """Write the page.

    Parameters
    ----------
    study
        What was measured of the networks; None if only ablations were run.
    ablations
        What was measured of the ablations, if any were run.
    samples
        Faces to show examples of; None shows none.
    """
    parts = list(_parts(study, ablations, samples))
    links = " ".join(f'<a href="#{anchor}">{title}</a>' for anchor, title, _ in parts)
    blocks = "\n".join(
        f'<section id="{anchor}"><h2>{title}</h2>\n{part}</section>'
        for anchor, title, part in parts
    )
    body = (
        f'<header><h1>{TITLE}</h1>{_about()}<p class="note">{NOTE}</p>'
        f'</header>\n<nav aria-label="Chapters">{links}</nav>\n<main>{blocks}</main>'
    )
    return document(TITLE, body, REPORT + STYLE)


def _about() -> str:
    return paragraph(
        "mien grew out of a study, “Human facial expression detector using Deep Learning"
        " Network”, which worked its way up from a plain convolutional network to its best one,"
        " lobonet, which tells seven expressions apart in faces of 48 × 48 pixels. This page"
        " trains the study's networks again with its own settings, and compares what it reported"
        " with what was measured here."
    )


def _parts(
    study: StudyResults | None, ablations: AblationResults | None, samples: Samples | None
) -> Iterator[tuple[str, str, str]]:
    """Return the anchor, title and HTML of each chapter, in the order of the page."""
    if study is not None:
        yield "table", "Reported and measured", headline(study)
        yield "data", "The data", data(study.data, study.subset, samples)
        yield from chapters(study)
    if ablations is not None and ablations.ablated:
        yield "ablations", "One change at a time", _ablations(ablations)
    yield "your-face", "Read your own face", _own_face()
    made = [(study.made, study.data.sha256)] if study else []
    made += [(ablations.made, ablations.sha256)] if ablations else []
    yield "made", "How this was made", "".join(_made(*entry) for entry in made) + _times(study)


def _ablations(results: AblationResults) -> str:
    seeds = f"{results.seeds} seeds" if results.seeds > 1 else "one seed"
    about = paragraph(
        "The study changed several things from model to model. Here lobonet is trained with one"
        f" thing changed at a time, on {results.subset:.0%} of the Training faces, for"
        f" {counted(results.epochs, 'epoch')} in which the learning rate"
        f" rises to 0.002 and falls again, with {seeds} each. The seed determines the faces, the"
        f" initial weights and the order. Everything was computed in {results.precision}.",
        "Small dots are single trainings; large ones are their mean, with the 95% t interval over"
        " the seeds. What such short trainings on few faces show need not hold for long ones."
        if results.seeds > 1
        else "With one seed there is no interval, so no difference can be told from chance.",
        "" if results.enough else f"<strong>{_NEEDS}</strong>",
    )
    return about + "".join(_ablation(ablation, results) for ablation in results.ablated)


def _ablation(result: AblationResult, results: AblationResults) -> str:
    plan = ablation_named(result.name)
    headings = ["value", "accuracy, 95%", "against lobonet's, 95%", "verdict", "parameters", "time"]
    rows = [
        [plan.shown(point.value), *_ablation_row(point, results.enough)] for point in result.points
    ]
    values = "; ".join(f"{plan.shown(point.value)} {point.mean:.3f}" for point in result.points)
    chart = inline(draw_ablation(result, results), f"{plan.title}: accuracy on PublicTest", values)
    finding = f'<p class="finding">{conclusion(result, results.enough)}</p>'
    return (
        f'<h3 id="{result.name}">{plan.title}</h3>{paragraph(plan.about)}{finding}{figures(chart)}'
        f"{table(headings, rows)}"
    )


def _ablation_row(point: Point, enough: bool) -> list[str]:
    return [
        score(point.mean, point.interval),
        "" if point.change is None else score(point.change, point.change_interval),
        "" if point.change is None else verdict(better(point), "lobonet", enough),
        f"{point.parameters:,}",
        duration(point.seconds),
    ]


def better(point: Point) -> bool | None:
    """Return whether a value is better than the base; None if it differs insignificantly."""
    if point.change_interval is None:
        return None
    low, high = point.change_interval
    return True if low > 0 else False if high < 0 else None


def conclusion(result: AblationResult, enough: bool) -> str:
    """Summarise in words what the seeds showed, if it is enough for that."""
    shown = ablation_named(result.name).shown

    def values(outcome: bool | None) -> str:
        changed = [point for point in result.points if point.change is not None]
        return ", ".join(shown(point.value) for point in changed if better(point) is outcome)

    best = max(result.points, key=lambda point: point.mean)
    sentences = [f"Highest mean: {shown(best.value)}, {number(best.mean)}."]
    if not enough:
        return f"{sentences[0]} It is {TOO_LITTLE} whether one value is better than another."
    for outcome, words in (
        (True, "Significantly better than lobonet's own"),
        (False, "Significantly worse than lobonet's own"),
        (None, "No significant difference"),
    ):
        if values(outcome):
            sentences.append(f"{words}: {values(outcome)}.")
    return " ".join(sentences)


def _own_face() -> str:
    return paragraph(
        "The study ended with photos of its author showing six expressions, each cropped, with the"
        " emoji of the network's answer beside it. To try this yourself, take a few photos and run"
        f" {code(SHEET)}: it finds and crops each face, reads"
        " its expression, and puts the emoji and the confidence beside it."
        f" {code(EXPLAIN)} shows which parts of the face the answer"
        " relied on."
    )


def _made(made: Provenance, sha256: str) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in made.versions.items())
    commit = f", commit {html.escape(made.commit[:12] + made.commit[40:])}" if made.commit else ""
    return (
        f"<p>{made.date}: {code(made.command)}</p>"
        f'<p class="soft small">{html.escape(versions)}{commit}; SHA-256 of the data'
        f" {html.escape(sha256)}</p>"
    )


def _times(study: StudyResults | None) -> str:
    if study is None:
        return ""
    total = sum(network.seconds for network in study.models)
    rows = [
        [
            html.escape(network.name),
            duration(network.seconds),
            str(len(network.epochs)),
            duration(network.seconds / len(network.epochs)),
            network.record.recipe.get("precision") or "default",
        ]
        for network in study.models
    ]
    return paragraph(f"The trainings took {duration(total)} in total.") + table(
        ["network", "time", "epochs", "per epoch", "precision"], rows
    )
