"""The table of contents: which sections a network has, and which are missing."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable, Iterator, Mapping

from mien.classes import NAMES
from mien.report.gallery import Images, gallery
from mien.report.inputs import NetworkResults
from mien.report.sections.confidence import prediction_sets, reliability, risk
from mien.report.sections.groups import groups
from mien.report.sections.robustness import robustness
from mien.report.sections.scores import confusion, scores
from mien.report.sections.training import data, training
from mien.report.sections.votes import votes

_GALLERY = "Confident mistakes"
_EVALUATE = "mien evaluate DATA --net {net} --json {net}.json"
_PREDICTIONS = _EVALUATE + " --predictions {net}.parquet"


@dataclasses.dataclass(frozen=True)
class Section:
    """A section about one network."""

    title: str
    write: Callable[[NetworkResults], str | None]
    """Returns its HTML, or None if its numbers are missing."""
    command: str = _EVALUATE
    """The command that adds it; ``{net}`` stands for the network."""


SECTIONS = (
    Section("Data", data),
    Section("Training", training, "mien report runs/{net} {net}.json"),
    Section("Scores", scores),
    Section("Confusion", confusion),
    Section("Reliability", reliability),
    Section("Risk and coverage", risk),
    Section("Prediction sets", prediction_sets, _EVALUATE + " --coverage 0.8,0.9,0.95"),
    Section("Human votes", votes, _EVALUATE + " --votes fer2013new.csv"),
    Section("Groups", groups, _EVALUATE + " --groups groups.csv"),
    Section("Corruptions", robustness, _EVALUATE + " --corrupt all"),
)
"""In the order of the page; the gallery comes last."""


def write_sections(network: NetworkResults, images: Images | None, most: int) -> dict[str, str]:
    """Write the sections whose numbers are known: HTML by title.

    Parameters
    ----------
    network
        What is known of it.
    images
        The faces of its predictions, ``uint8 [N, H, W]`` or RGB ``[N, H, W, 3]``; None shows no
        gallery.
    most
        Faces of each class in the gallery.
    """
    written = {section.title: section.write(network) for section in SECTIONS}
    if network.predictions is not None and images is not None:
        written[_GALLERY] = gallery(network.predictions, images, most)
    return {title: body for title, body in written.items() if body is not None}


def missing(network: NetworkResults, written: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Return what a network's sections lack, and the command that adds each."""
    net = shlex.quote(network.name)
    for title, command in _missing(network, written):
        yield title, command.format(net=net)


def _missing(network: NetworkResults, written: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for section in SECTIONS:
        if section.title not in written and _applies(section.title, network):
            yield section.title, section.command
    measured = network.scores
    if measured is not None and measured.unique is None:
        yield "Scores without duplicates of training faces", _EVALUATE + " --against TRAINING-DATA"
    if measured is not None and measured.selective is None:
        yield "Confidence threshold for a target accuracy", _EVALUATE + " --target-accuracy 0.9"
    if network.predictions is None:
        yield "Exact risk-coverage curve", _PREDICTIONS
    if _GALLERY not in written:
        before = "" if network.predictions else _PREDICTIONS + " && "
        yield _GALLERY, before + "mien report {net}.json --data DATA"


def _applies(title: str, network: NetworkResults) -> bool:
    """Return whether a section can be had at all: FER+'s votes are for FER-2013's classes."""
    return title != "Human votes" or network.classes.names == NAMES
