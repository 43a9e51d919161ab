"""Writes the model card of a network from its JSON card alone (after Mitchell et al. 2019)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from mien.classes import NAMES
from mien.models import ModelInfo
from mien.report.markdown import bullets, number, table
from mien.report.model_card_scores import SPLITS, measured

_OUT_OF_SCOPE = (
    "Judging people: hiring, schooling, lending, insuring, policing, border control, courts.",
    "Finding out what people feel, whether they lie, pay attention or are ill.",
    "Inferring emotions of people at work or in education.",
    "Watching people who do not know about it.",
    "Telling who somebody is, or of what age, sex or origin.",
    "Any decision that rests on the reading of a single face.",
)

_MEANING = (
    "The network says with which of seven words such a picture of a face was labelled by people"
    " who only saw the picture. Its probabilities are about these labels, not about what the"
    " person feels.",
    "A scowl is often no anger. People scowl when they concentrate or hear a bad joke, are angry"
    " without scowling, and show what they feel differently between cultures, situations and"
    " persons (Barrett et al. 2019, doi:10.1177/1529100619832930).",
    "`neutral` does not say that nothing is felt, and a mixture or something beyond the seven"
    " words is given one of them all the same.",
    "A still crop lacks what people go by: the situation, the voice, the moment before.",
)

_LAW = (
    "**Article 5(1)(f)** forbids AI that infers people's emotions at the workplace and in"
    " education, except for medical or safety reasons. This network must not be used for that.",
    "**Article 50(3)** obliges whoever deploys an emotion recognition system to tell the people"
    " exposed to it, and to handle their data as data protection law demands.",
    "Emotion recognition is among the high-risk uses of **Annex III, point 1(c)**, which bring"
    " further duties.",
    "To say that a face smiles is not yet to infer an emotion (recital 18); a use that goes on to"
    " infer one is emotion recognition, whatever it is called.",
)


def model_card(card: ModelInfo) -> str:
    """Write a model card as Markdown.

    Parameters
    ----------
    card
        The JSON card; nothing else is read. Parts that it lacks are said to be not measured
        or not recorded.

    Returns
    -------
    str
        The whole page, with a line end at its end.
    """
    return "\n\n".join([*_opening(card), *_terms(card), *_origin(card), *measured(card)]) + "\n"


def _opening(card: ModelInfo) -> Iterator[str]:
    """Say what the network is."""
    yield f"# {card.name}"
    yield (
        f"{card.description} It reads a face crop and gives a probability for each of"
        f" {', '.join(NAMES[:-1])} and {NAMES[-1]}."
    )
    rows = [
        ("architecture", f"`{card.architecture}`"),
        ("parameters", f"{card.parameters:,}"),
        ("multiply-accumulate operations a face", f"{card.macs:,}"),
        ("input", f"{card.input}, uint8, 0 to 255"),
        *(
            (f"accuracy on {SPLITS.get(split, split)}", _accuracy(scores))
            for split, scores in card.scores.items()
        ),
        *_files(card),
    ]
    yield table(("what", "value"), rows, words=2)
    yield "Every part of this page was written by `mien card` from the network's JSON card."


def _files(card: ModelInfo) -> Iterator[tuple[str, str]]:
    """Name what the network is stored in."""
    if not card.members:
        yield "ONNX file", f"{card.size / 1e6:.1f} MB"
        yield "SHA-256 of the ONNX file", f"`{card.sha256}`"
        return
    yield "ONNX files", f"those of {', '.join(card.members)}, {card.size / 1e6:.1f} MB together"
    for name, sha256 in card.members.items():
        yield f"SHA-256 of {name}", f"`{sha256}`"


def _accuracy(scores: dict[str, Any]) -> str:
    return number(scores["accuracy"], scores["interval"]["accuracy"])


def _terms(card: ModelInfo) -> Iterator[str]:
    """Say what the network is for, and what not."""
    yield "## Intended use"
    yield card.intended_use
    yield "## Out-of-scope use"
    yield bullets(_OUT_OF_SCOPE)
    yield "## What an expression says, and what it does not"
    yield bullets(_MEANING)
    yield "## EU AI Act"
    yield "Regulation (EU) 2024/1689, as mien's authors read it; this is no legal advice."
    yield bullets(_LAW)


def _origin(card: ModelInfo) -> Iterator[str]:
    """Say what the network was made from, how, and what chose it."""
    yield "## Data and licence"
    yield card.licence + "."
    yield from _data(card.data)
    yield "## How it was trained and chosen"
    yield f"Chosen on {card.selection}."
    if "public" in card.scores:
        yield (
            "Scores on PublicTest, which did the choosing, may therefore be better than on faces"
            " that had no part in it."
        )
    if not card.recipe:
        yield "The recipe is not recorded."
        return
    yield f"Seeds of the trainings: {', '.join(map(str, card.seeds)) or 'not recorded'}."
    if "members" not in card.recipe:
        yield from _recipe(card.recipe)
        return
    yield "Its members, whose probabilities are averaged with equal weights:"
    for name, recipe in card.recipe["members"].items():
        yield f"### Member {name}"
        yield from _recipe(recipe)


def _recipe(recipe: dict[str, Any]) -> Iterator[str]:
    """Say how a network was made 8 bits wide, if it was, and tabulate its training's settings."""
    if "int8" in recipe:
        how = "; ".join(f"{key} {value}" for key, value in recipe["int8"].items())
        yield f"After its training it was turned from 32 bits into 8: {how}."
    settings = {key: value for key, value in recipe.items() if key != "int8"}
    versions, commit = settings.pop("versions", {}), settings.pop("commit", None)
    rows = [
        ("commit of mien", f"`{commit}`" if commit else "not recorded"),
        *((f"version of {name}", version) for name, version in versions.items()),
        *((key.replace("_", " "), _plain(value)) for key, value in settings.items()),
    ]
    yield table(("setting", "value"), rows, words=2)


def _data(data: dict[str, Any]) -> Iterator[str]:
    """Name the data, and count its faces by class."""
    if not data:
        yield "The data is not recorded."
        return
    yield f"{data['name']} with the SHA-256 `{data['sha256']}`."
    parts = [part for part in ("train", "validation") if part in data]
    rows = [(name, *(f"{data[part][name]:,}" for part in parts)) for name in NAMES]
    rows.append(("**all**", *(f"**{sum(data[part].values()):,}**" for part in parts)))
    yield table(("class", *(f"faces, {part}" for part in parts)), rows)


def _plain(value: object) -> str:
    """Write a setting's value for people."""
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return json.dumps(value) if isinstance(value, dict) else str(value)
