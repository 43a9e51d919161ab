"""Writes the card of a network from its run and its scores."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mien.data import Samples
from mien.evaluation.calibration import ece, nll
from mien.evaluation.conformal import LEVELS, fit_thresholds, measure_sets
from mien.evaluation.evaluate import score_crops
from mien.evaluation.robustness import robustness
from mien.export.temperature import fit_temperature
from mien.models import ModelInfo, onnx_paths
from mien.models.info import InputSpec
from mien.perception.classifier import Classifier, softmax

LICENCE = (
    "Apache-2.0 for the weights; FER-2013, which they were trained on, is challenge data for"
    " research use"
)
INTENDED_USE = (
    "Naming the expression that a face shows, for play, study and measurement. An expression is"
    " not a feeling: a scowl is often no anger. Not for judging people, and not for inferring"
    " emotions at work or in education (EU AI Act, Article 5(1)(f))."
)

_FITTED = "; the temperature and the sets' thresholds too"
"""What a card adds to its run's own words on selection."""


def make_card(
    name: str,
    path: Path,
    run_card: dict[str, Any],
    spec: InputSpec,
    samples: Samples,
    corruptions: bool = False,
    progress: Callable[[int, int], object] | None = None,
    members: dict[str, str] | None = None,
) -> ModelInfo:
    """Fit temperature and set thresholds on PublicTest, score there, and fill the card.

    Parameters
    ----------
    name
        Name of the network.
    path
        Its graph; the card is written beside it. For members, where the card will be.
    run_card
        The run's own card.
    spec
        The graph's input.
    samples
        The data that the run was trained on, with a ``train`` and a ``public`` split.
    corruptions
        Whether to score the network on spoilt faces too, which takes minutes.
    progress
        Called with the passes over the spoilt faces that are done and those there will be.
    members
        Networks with cards of their own, and their hashes, for an ensemble of them.
    """
    public, training = samples.split("public"), samples.split("train")
    card = ModelInfo(
        name=name,
        architecture=run_card["architecture"],
        description=_describe(run_card),
        parameters=run_card["parameters"],
        macs=run_card["macs"],
        temperature=1.0,
        classes=samples.vocabulary,
        input=spec,
        data=run_card["data"],
        recipe=run_card["recipe"],
        seeds=run_card["seeds"],
        selection=run_card["selection"] + _FITTED,
        scores={},
        conformal={},
        robustness=None,
        members=members or {},
        sha256="",
        size=0,
        licence=LICENCE,
        intended_use=INTENDED_USE,
    )
    weights = b"".join(file.read_bytes() for file in onnx_paths(path, card))
    classifier = Classifier(path, card)
    logits = classifier.logits(public.images)
    temperature = round(fit_temperature(logits, public.labels), 4)
    calibrated = softmax(logits / np.float32(temperature))
    spoilt = robustness(classifier, public, progress=progress) if corruptions else None
    further = {
        "ece_before_temperature": ece(softmax(logits), public.labels),
        "nll_before_temperature": nll(softmax(logits), public.labels),
        "conformal": measure_sets(calibrated, public.labels, LEVELS, methods=("shown",)),
    }
    return replace(
        card,
        sha256=hashlib.sha256(weights).hexdigest(),
        size=len(weights),
        temperature=temperature,
        scores={"public": score_crops(name, calibrated, public, against=training) | further},
        conformal=fit_thresholds(calibrated, public.labels),
        robustness=spoilt and _brief(spoilt),
    )


def together(members: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Join the cards of an ensemble's runs into one; of a single run it is its own.

    Parameters
    ----------
    members
        Name and card of each run, all trained on the same data.

    Returns
    -------
    dict
        A run's card, whose recipe holds those of the members by name where there are several.
    """
    cards = [card for _, card in members]
    if len(cards) == 1:
        return cards[0]
    return cards[0] | {
        "architecture": " + ".join(card["architecture"] for card in cards),
        "parameters": sum(card["parameters"] for card in cards),
        "macs": sum(card["macs"] for card in cards),
        "recipe": {"members": {name: card["recipe"] for name, card in members}},
        "seeds": [seed for card in cards for seed in card["seeds"]],
        "selection": "PublicTest: the members, and of each the epoch",
    }


def _describe(run_card: dict[str, Any]) -> str:
    """Say in a sentence what a network is."""
    form = ", in 8 bits" if "int8" in run_card["recipe"] else ""
    return f"{run_card['architecture']}, trained on FER-2013's Training faces{form}."


def of_run(card: ModelInfo) -> dict[str, Any]:
    """Take from a network's card what its run said, for the card of another form of it."""
    kept = ("architecture", "parameters", "macs", "data", "recipe", "seeds")
    return {name: getattr(card, name) for name in kept} | {
        "selection": card.selection.removesuffix(_FITTED)
    }


def _brief(result: dict[str, Any]) -> dict[str, Any]:
    """Shorten what `robustness` gives: of each corruption only the mean accuracy stays."""
    means = {
        name: {"mean_accuracy": corruption["mean_accuracy"]}
        for name, corruption in result["corruptions"].items()
    }
    return {"split": "public"} | result | {"corruptions": means}
