"""The parts of a network's section, and the command that adds each."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable, Iterator, Mapping

from mien.evaluation.report import class_parts, confidence_parts, further_parts, training_parts
from mien.evaluation.report.gallery import Images, gallery
from mien.evaluation.report.subjects import Subject

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
