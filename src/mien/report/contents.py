"""The table of contents: which sections a network has, and which are missing."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from mien.classes import NAMES
from mien.report.commands import (
    DATA,
    TRAINING_DATA,
    add_faces_command,
    add_run_command,
    evaluate_command,
    is_shipped,
    scores_file,
)
from mien.report.gallery import Images, gallery
from mien.report.inputs import FLIPPED, LABELS_ALONE, NetworkResults
from mien.report.sections.confidence import prediction_sets, reliability, risk
from mien.report.sections.groups import groups
from mien.report.sections.robustness import robustness
from mien.report.sections.scores import confusion, scores
from mien.report.sections.training import data, training
from mien.report.sections.votes import votes

_GALLERY = "Confident mistakes"
_TRAINING = "Training"


@dataclasses.dataclass(frozen=True)
class Section:
    """A section about one network."""

    title: str
    write: Callable[[NetworkResults], str | None]
    """Returns its HTML, or None if its numbers are missing."""
    measured: str = "scores"
    """What `mien evaluate` has to measure for it, as `mien.report.commands.ADDITIONS` names it."""


SECTIONS = (
    Section("Data", data),
    Section(_TRAINING, training),
    Section("Scores", scores),
    Section("Confusion", confusion),
    Section("Reliability", reliability),
    Section("Risk and coverage", risk),
    Section("Prediction sets", prediction_sets, "prediction sets"),
    Section("Human votes", votes, "votes"),
    Section("Groups", groups, "groups"),
    Section("Corruptions", robustness, "corruptions"),
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


def missing(
    network: NetworkResults, written: Mapping[str, str], data: str | Path | None = None
) -> Iterator[tuple[str, str]]:
    """Return what a network's sections lack, and the command that adds each.

    Nothing is returned for a run that was not measured; its part of the page says how to do that.

    Parameters
    ----------
    network
        What is known of it.
    written
        Its sections, as `write_sections` returns them.
    data
        The data that it was measured on, if known.
    """
    results = network.scores or network.robustness
    if results is None:
        return
    measured, net = network.scores, network.net
    split = measured.split if measured else None
    data = data or _known_data(network) or DATA
    flipped = net.endswith(FLIPPED)
    plain = net.removesuffix(FLIPPED)
    labels = "fer2013" if plain.endswith(LABELS_ALONE) else None
    plain = plain.removesuffix(LABELS_ALONE)
    file = scores_file(plain, flipped, labels)
    evaluate = functools.partial(
        evaluate_command,
        plain,
        split,
        data=data,
        training_data=(network.run and network.run.data) or TRAINING_DATA,
        shipped=is_shipped(plain, results.sha256),
        flip_tta=flipped,
        labels=labels,
    )
    for section in SECTIONS:
        if section.title not in written and _applies(section.title, network):
            if section.title == _TRAINING:
                yield section.title, add_run_command(network.file or file)
            else:
                yield section.title, evaluate(add=section.measured)
    if measured is not None and measured.unique is None:
        yield "Scores without duplicates of training faces", evaluate(add="duplicates")
    if measured is not None and measured.selective is None:
        yield "Confidence threshold for a target accuracy", evaluate(add="threshold")
    predictions = evaluate(predictions=True)
    if network.predictions is None:
        yield "Exact risk-coverage curve", predictions
    if _GALLERY not in written:
        if network.predictions is None or network.file is None:
            yield _GALLERY, f"{predictions} && {add_faces_command(file, data)}"
        else:
            yield _GALLERY, add_faces_command(network.file, data)


def _known_data(network: NetworkResults) -> Path | None:
    """Return the data of the network's run, if that is what it was measured on."""
    measured, run = network.scores, network.run
    if measured is None or run is None or run.record is None:
        return None
    return run.data if run.record.data.sha256 == measured.data_sha256 else None


def _applies(title: str, network: NetworkResults) -> bool:
    """Return whether a section can be had at all: FER+'s votes are for FER-2013's classes."""
    return title != "Human votes" or network.classes.names == NAMES
