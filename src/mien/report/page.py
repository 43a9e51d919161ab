"""Makes the page of a report."""

from __future__ import annotations

import dataclasses
import html
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence

from mien.classes import NAMES
from mien.errors import SettingsError
from mien.export.card import INTENDED_USE
from mien.report.gallery import MOST, Images, gallery
from mien.report.html import between, code, document, number, paragraph
from mien.report.inputs import Subject
from mien.report.sections import confidence as confidence_parts
from mien.report.sections import robustness as further_parts
from mien.report.sections import scores as class_parts
from mien.report.sections import training as training_parts
from mien.report.sections.comparison import comparison
from mien.report.style import STYLE

GALLERY = "Confident mistakes"

_EVALUATE = "mien evaluate DATA --net {net} --json {net}.json"
_PREDICTIONS = _EVALUATE + " --predictions {net}.parquet"


@dataclasses.dataclass(frozen=True)
class _Part:
    """A part of a network's section."""

    title: str
    make: Callable[[Subject], str | None]
    """Gives its HTML, or None where its numbers are missing."""
    command: str = _EVALUATE
    """What adds it; ``{net}`` stands for the network."""


_PARTS = (
    _Part("Data", training_parts.data),
    _Part("Training", training_parts.training, "mien report runs/{net} {net}.json"),
    _Part("Scores", class_parts.scores),
    _Part("Confusion", class_parts.confusion),
    _Part("Reliability", confidence_parts.reliability),
    _Part("Risk and coverage", confidence_parts.risk),
    _Part("Sets of expressions", confidence_parts.sets, _EVALUATE + " --sets 0.8,0.9,0.95"),
    _Part("Human votes", further_parts.votes, _EVALUATE + " --votes fer2013new.csv"),
    _Part("Groups", further_parts.groups, _EVALUATE + " --groups groups.csv"),
    _Part("Corruptions", further_parts.corruptions, _EVALUATE + " --corrupt all"),
)


def make_parts(subject: Subject, images: Images | None, most: int) -> dict[str, str]:
    """Make the parts whose numbers are there: HTML by title.

    Parameters
    ----------
    subject
        What is known of the network.
    images
        The faces of its predictions, ``uint8 [N, 48, 48]``; None shows no gallery.
    most
        Faces of each class in the gallery.
    """
    made = {part.title: part.make(subject) for part in _PARTS}
    if subject.predictions is not None and images is not None:
        made[GALLERY] = gallery(subject.predictions, images, most)
    return {title: body for title, body in made.items() if body is not None}


def left_out(subject: Subject, made: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give what is missing beside the parts that were made, and the command that adds each."""
    net = shlex.quote(subject.name)
    for title, command in _missing(subject, made):
        yield title, command.format(net=net)


def _missing(subject: Subject, made: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for part in _PARTS:
        if part.title not in made:
            yield part.title, part.command
    found = subject.scores
    if found is not None and found.unique is None:
        yield "Scores without twins of training faces", _EVALUATE + " --against TRAINING-DATA"
    if found is not None and found.selective is None:
        yield "Confidence that reaches a wanted accuracy", _EVALUATE + " --target-accuracy 0.9"
    if subject.predictions is None:
        yield "Exact risk-coverage curve", _PREDICTIONS
    if GALLERY not in made:
        before = "" if subject.predictions else _PREDICTIONS + " && "
        yield GALLERY, before + "mien report {net}.json --data DATA"


LARGEST = 5_000_000
"""Bytes that a page may have."""

_FACES = 900
"""In all galleries of a page: about 3 of the 5 megabytes."""

_UNMEASURED = (
    "This network was not measured yet. Export it with the run's name, measure it, and name both:"
    " <code>mien export RUN --name NAME</code>,"
    " <code>mien evaluate DATA --net NAME.onnx --json NAME.json</code>,"
    " <code>mien report RUN NAME.json</code>."
)


def report_page(
    subjects: Sequence[Subject], faces: Mapping[str, Images], title: str, sources: Sequence[str]
) -> str:
    """Make the page: a comparison where there are several networks, then a section for each.

    Parameters
    ----------
    subjects
        What is known of each network, at least one.
    faces
        By network the faces of its predictions, ``uint8 [N, 48, 48]``, for the galleries.
    title
        Plain text.
    sources
        Names of the files and folders that the page is made of.

    Raises
    ------
    SettingsError
        If the page would be over `LARGEST` bytes.
    """
    anchors = _anchors([each.name for each in subjects])
    most = max(1, min(MOST, _FACES // (len(NAMES) * max(1, len(faces)))))
    made = [make_parts(each, faces.get(each.name), most) for each in subjects]
    blocks = [f"<header><h1>{html.escape(title)}</h1>"]
    blocks.append(f'<p class="note">{html.escape(INTENDED_USE)}</p></header>\n<main>')
    if len(subjects) > 1:
        blocks += ["<h2>All networks</h2>", comparison(subjects, anchors)]
    for subject, anchor, parts in zip(subjects, anchors, made, strict=True):
        blocks.append(_section(subject, anchor, parts))
    blocks += [_missing_sections(subjects, made), "</main>", _footer(sources)]
    return _checked(document(title, "\n".join(blocks), STYLE), len(subjects))


def _checked(page: str, networks: int) -> str:
    """Refuse a page that is too large."""
    size = len(page.encode())
    if size > LARGEST:
        raise SettingsError(
            f"A page of {networks} networks would take {size / 1e6:.1f} MB, over"
            f" {LARGEST / 1e6:g}.",
            "Name fewer networks, and make a page for the rest.",
        )
    return page


def _anchors(names: Sequence[str]) -> list[str]:
    """Make one place a network that a link can name."""
    plain = [re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") for name in names]
    return [f"n{number}-{name}" for number, name in enumerate(plain, start=1)]


def _section(subject: Subject, anchor: str, parts: Mapping[str, str]) -> str:
    """Show everything that is known of a network."""
    places = {title: f"{anchor}-{title.lower().replace(' ', '-')}" for title in parts}
    links = " ".join(f'<a href="#{place}">{title}</a>' for title, place in places.items())
    blocks = "".join(
        f'<section id="{places[title]}"><h3>{title}</h3>\n{body}</section>\n'
        for title, body in parts.items()
    )
    return (
        f'<article id="{anchor}"><h2>{html.escape(subject.name)}</h2>{_tiles(subject)}'
        f'<nav aria-label="Parts on {html.escape(subject.name)}">{links}</nav>\n{blocks}</article>'
    )


def _tiles(subject: Subject) -> str:
    """Show the few numbers that most readers look for."""
    tiles = "".join(
        f"<div><dt>{name}</dt><dd>{value}<small>{below}</small></dd></div>"
        for name, value, below in _key_figures(subject)
    )
    return f'<dl class="tiles">{tiles}</dl>' if tiles else paragraph(_UNMEASURED)


def _key_figures(subject: Subject) -> Iterator[tuple[str, str, str]]:
    """Give the name, value and what stands below it."""
    found = subject.scores
    if found is not None:
        inside = found.interval
        yield "accuracy", number(found.accuracy), between(inside.accuracy)
        if found.unique is not None:
            unique = found.unique
            yield "without twins", number(unique.accuracy), between(unique.interval.accuracy)
        yield "macro F1", number(found.macro_f1), between(inside.macro_f1)
        if found.ece is not None:
            yield "calibration error", number(found.ece), between(inside.ece)
    if subject.robustness is not None:
        clean = number(subject.robustness.clean.accuracy)
        spoilt = number(subject.robustness.mean_corruption_accuracy)
        yield "on spoilt faces", spoilt, f"of {clean} on clean ones"


def _missing_sections(subjects: Sequence[Subject], made: Sequence[Mapping[str, str]]) -> str:
    """List what the page does not show, and the command that adds it."""
    blocks = []
    for subject, parts in zip(subjects, made, strict=True):
        entries = "".join(
            f"<li>{title}: {code(command)}</li>\n" for title, command in left_out(subject, parts)
        )
        if entries:
            name = f"<h4>{html.escape(subject.name)}</h4>" if len(subjects) > 1 else ""
            blocks.append(f"{name}<ul>{entries}</ul>")
    if not blocks:
        return ""
    about = paragraph(
        "These parts were not measured, so they are left out. Each command adds one; the flags of"
        " mien evaluate go together in one call."
    )
    return f'<section id="left-out"><h2>Not on this page</h2>{about}{"".join(blocks)}</section>'


def _footer(sources: Sequence[str]) -> str:
    from mien import __version__

    command = code(f"mien report {shlex.join(sources)}")
    return f'<footer class="soft small">Made by mien {__version__} with {command}.</footer>'
