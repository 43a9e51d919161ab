"""Writes a network's model card (Mitchell et al. 2019) from its info alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mien.evaluation.results import Scores
from mien.evaluation.wording import score_text, split_in_words
from mien.models import ModelInfo
from mien.report.markdown import bullets, plain, table
from mien.report.model_card_scores import robustness_of, scores_of, write_scores
from mien.settings.training import upgraded_names
from mien.words import file_size, spaced

_OUT_OF_SCOPE = (
    "Judging people: hiring, schooling, lending, insurance, policing, border control, courts.",
    "Finding out what people feel, or whether they are lying, attentive or ill.",
    "Inferring emotions of people at work or in education.",
    "Watching people without their knowledge.",
    "Identifying people, or telling their age, sex or origin.",
    "Any decision that relies on the reading of a single face.",
)

_LAW = (
    "**Article 5(1)(f)** forbids AI that infers people's emotions at the workplace and in"
    " education, except for medical or safety reasons. This network must not be used for that.",
    "**Article 50(3)** obliges whoever deploys an emotion recognition system to tell the people"
    " exposed to it, and to handle their data as data protection law demands.",
    "Emotion recognition is among the high-risk uses of **Annex III, point 1(c)**, which bring"
    " further duties.",
    "Saying that a face smiles does not yet infer an emotion (recital 18); a use that goes on to"
    " infer one is emotion recognition, whatever it is called.",
)


def model_card(info: ModelInfo) -> str:
    """Write a model card as Markdown.

    Parameters
    ----------
    info
        The network's info; nothing else is read. What it lacks is called not measured or not
        recorded.

    Returns
    -------
    str
        The whole page, which ends with a newline.

    Raises
    ------
    DataError
        If its scores are damaged.
    """
    scores, robustness = scores_of(info), robustness_of(info)
    parts = [
        *_opening(info, scores),
        *_use(info),
        *_origin(info),
        *_mixing(info, scores),
        *_neutral(info),
        *write_scores(info, scores, robustness),
    ]
    return "\n\n".join(parts) + "\n"


def _opening(info: ModelInfo, scores: Mapping[str, Scores]) -> Iterator[str]:
    """Say what the network is."""
    low, high = info.input.range
    yield f"# {plain(info.name)}"
    yield (
        f"{plain(info.description)} It takes a face crop and returns a probability for each of"
        f" {plain(info.classes.in_words())}."
    )
    rows = [
        ("architecture", f"`{info.architecture}`"),
        ("parameters", f"{info.parameters:,}"),
        ("multiply-accumulate operations per face", f"{info.macs:,}"),
        ("input", f"{info.input}, black is {low:g} and white {high:g}"),
        *(
            (
                f"accuracy on {split_in_words(split, info.classes)}",
                score_text(measured.accuracy, measured.interval.accuracy),
            )
            for split, measured in scores.items()
        ),
        *_files(info),
    ]
    yield table(("what", "value"), rows, words=2)
    yield "`mien card` wrote this whole page from the network's JSON file."


def _files(info: ModelInfo) -> Iterator[tuple[str, str]]:
    """Name the files that the network is stored in."""
    if not info.members:
        yield "ONNX file", f"{file_size(info.size)}"
        yield "SHA-256 of the ONNX file", f"`{info.sha256}`"
        return
    yield "ONNX files", f"those of {', '.join(info.members)}, {file_size(info.size)} in total"
    for name, sha256 in info.members.items():
        yield f"SHA-256 of {name}", f"`{sha256}`"


def _use(info: ModelInfo) -> Iterator[str]:
    """Say what the network is for, and what it is not for."""
    yield "## Intended use"
    yield info.intended_use
    yield "## Out-of-scope use"
    yield bullets(_OUT_OF_SCOPE)
    yield "## What an expression says, and what it does not"
    yield bullets(_meaning(info))
    yield "## EU AI Act"
    yield "Regulation (EU) 2024/1689, as mien's authors read it; this is not legal advice."
    yield bullets(_LAW)


def _meaning(info: ModelInfo) -> Iterator[str]:
    """Say how the network's answers should be understood."""
    count = len(info.classes)
    number = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven"}.get(count, count)
    yield (
        f"The network predicts which of {number} words people who saw only the picture would label"
        " the face with. Its probabilities are about these labels, not about what the person"
        " feels."
    )
    yield (
        "A scowl is often not anger. People scowl when they concentrate or hear a bad joke, are"
        " angry without scowling, and show what they feel differently between cultures,"
        " situations and individuals (Barrett et al. 2019, doi:10.1177/1529100619832930)."
    )
    if "neutral" in info.classes:
        yield (
            "`neutral` does not mean that nothing is felt, and a face that shows a mixture, or"
            f" something beyond the {number} words, is given one of them all the same."
        )
    else:
        yield (
            f"A face that shows a mixture, or something beyond the {number} words, is given one of"
            " them all the same."
        )
    yield "A still crop lacks what people rely on: the situation, the voice, the moment before."


def _origin(info: ModelInfo) -> Iterator[str]:
    """Say what the network was made from, how, and what it was selected on."""
    yield "## Data and licence"
    yield info.licence + "."
    yield from _data(info)
    yield "## How it was trained and selected"
    if info.selection:
        yield f"Selected on {info.selection}."
    else:
        yield "What it was selected on is not recorded."
    for split in ("public", "validation"):
        if split in info.scores:
            yield (
                f"Scores on {split_in_words(split, info.classes)}, which the selection was made"
                " on, may therefore be better than on faces that had no part in it."
            )
    if not info.recipe:
        yield "The recipe is not recorded."
        return
    yield f"Seeds of the trainings: {', '.join(map(str, info.seeds)) or 'not recorded'}."
    if "members" not in info.recipe:
        yield from _recipe(info.recipe)
        return
    yield "The probabilities of its members are averaged with equal weights:"
    for name, recipe in info.recipe["members"].items():
        yield f"### Member {name}"
        yield from _recipe(recipe)


def _recipe(recipe: Mapping[str, Any]) -> Iterator[str]:
    """Say how a network was quantised, if it was, and list its training's settings."""
    if "int8" in recipe:
        how = "; ".join(f"{key} {value}" for key, value in recipe["int8"].items())
        yield f"After training it was converted from 32 to 8 bits: {how}."
    settings = {key: value for key, value in recipe.items() if key != "int8"}
    versions, commit = settings.pop("versions", {}), settings.pop("commit", None)
    rows = [
        ("commit of mien", f"`{commit}`" if commit else "not recorded"),
        *((f"version of {name}", version) for name, version in versions.items()),
        *(
            (spaced(name), _in_words(value))
            for name, value in upgraded_names(settings).items()
        ),
    ]
    yield table(("setting", "value"), rows, words=2)


def _data(info: ModelInfo) -> Iterator[str]:
    """Name the data, and count its faces by class."""
    data = info.data
    if not data:
        yield "The data is not recorded."
        return
    yield f"{plain(data['name'])} with the SHA-256 `{data['sha256']}`."
    parts = [part for part in ("train", "validation") if part in data]
    rows = [
        (plain(name), *(f"{data[part].get(name, 0):,}" for part in parts))
        for name in info.classes.names
    ]
    rows.append(("**all**", *(f"**{sum(data[part].values()):,}**" for part in parts)))
    yield table(("class", *(f"faces, {part}" for part in parts)), rows)


def _mixing(info: ModelInfo, scores: Mapping[str, Scores]) -> Iterator[str]:
    """Say how votes are mixed into the answers, and what the answer without them scores."""
    if info.label_answer is None:
        return
    yield "## Mixed labels"
    yield (
        "The answers count what FER+'s ten taggers saw in the Training faces, beside FER-2013's"
        " labels: on other people's photos this is right more often, on FER-2013's own test faces"
        " a little less often ([measured for the shipped networks](../transfer.md)). `--labels"
        " fer2013` gives the answer to the labels alone, which has constants of its own in the JSON"
        " file."
    )
    if info.mixing is not None:
        mixing = info.mixing
        shares = ", ".join(
            f"{plain(name)} {share:g}"
            for name, share in zip(info.classes.names, mixing.shares, strict=True)
        )
        yield (
            "A second linear layer predicts the votes. Its probabilities are divided by each"
            f" class's share of the votes to the power of {mixing.power:g}, normalised, and count"
            f" {mixing.weight:g} in the average with those of the labels. The shares: {shares}."
        )
    alone = scores_of(info.with_labels("fer2013"))
    rows = [
        (
            split_in_words(split, info.classes),
            *(
                score_text(one.accuracy, one.interval.accuracy)
                for one in (measured, alone[split])
            ),
            *(score_text(one.macro_f1, one.interval.macro_f1) for one in (measured, alone[split])),
        )
        for split, measured in scores.items()
        if split in alone
    ]
    headings = ("faces", "accuracy", "fer2013 labels", "macro-F1", "fer2013 labels")
    yield table(headings, rows, words=1)


def _neutral(info: ModelInfo) -> Iterator[str]:
    """Say what a person's own neutral face is for, if the network has the constants for it."""
    if info.neutral is None:
        return
    yield "## Reading against a person's own neutral face"
    yield (
        "Some people's resting faces are read as sad or angry, and some of their small smiles as"
        " neutral. `mien neutral` learns from photos what the network reads in a person's resting"
        " face, and `mien detect --neutral` reads other photos of the person against that. The"
        f" sensitivity is {info.neutral.sensitivity:g} by default; at 0 more neutral faces stay"
        " neutral, at 1 more of the other expressions are found."
    )
    yield (
        "[What this is worth](../neutral.md) was measured, with and without it, on people whose"
        " faces the constants were not fitted on."
    )


def _in_words(value: object) -> str:
    """Return a setting's value for people."""
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return ", ".join(map(_in_words, value))
    return json.dumps(value) if isinstance(value, dict) else str(value)
