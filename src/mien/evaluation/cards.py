"""Writes the card of a network from its run and its scores."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mien.evaluation.calibration import fit_temperature
from mien.evaluation.confidence import ece
from mien.evaluation.evaluate import score_crops
from mien.fer2013 import Samples
from mien.perception.classifier import Classifier, softmax
from mien.weights import Card

LICENCE = (
    "Apache-2.0 for the weights; FER-2013, which they were trained on, is challenge data for"
    " research use"
)
INTENDED_USE = (
    "Naming the expression that a face shows, for play, study and measurement. An expression is"
    " not a feeling: a scowl is often no anger. Not for judging people, and not for inferring"
    " emotions at work or in education (EU AI Act, Article 5(1)(f))."
)


def make_card(
    name: str, onnx: Path, run_card: dict[str, Any], taken: dict[str, Any], samples: Samples
) -> Card:
    """Fit the temperature on PublicTest, score the network there, and fill its card.

    Parameters
    ----------
    name
        Name of the network.
    onnx
        Its graph; the card is written beside it.
    run_card
        The run's own card.
    taken
        Description of the graph's input.
    samples
        The data that the run was trained on, with a ``train`` and a ``public`` split.
    """
    public, training = samples.split("public"), samples.split("train")
    card = Card(
        name=name,
        architecture=run_card["architecture"],
        description=f"{run_card['architecture']}, trained on FER-2013's Training faces.",
        parameters=run_card["parameters"],
        macs=run_card["macs"],
        temperature=1.0,
        input=taken,
        data=run_card["data"],
        recipe=run_card["recipe"],
        seeds=run_card["seeds"],
        selection=run_card["selection"] + "; the temperature too",
        scores={},
        sha256=hashlib.sha256(onnx.read_bytes()).hexdigest(),
        licence=LICENCE,
        intended_use=INTENDED_USE,
    )
    logits = Classifier(onnx, card).logits(public.images)
    temperature = round(fit_temperature(logits, public.labels), 4)
    calibrated = softmax(logits / np.float32(temperature))
    scores = score_crops(name, calibrated, public, against=training)
    before = {"ece_before_temperature": ece(softmax(logits), public.labels)}
    return replace(card, temperature=temperature, scores={"public": scores | before})
