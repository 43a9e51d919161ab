"""Writes the measured half of a model card: every number, with its interval."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mien.classes import NAMES
from mien.evaluation.scores import HEADLINE
from mien.models import ModelInfo
from mien.report.markdown import NONE, bullets, number, table

_CLASSES, _CONFUSIONS, _CORRUPTIONS = 2, 5, 3
"""How many of each are named."""


def failures(scores: dict[str, Any], robustness: dict[str, Any] | None) -> Iterator[str]:
    """Name the weakest classes, the most frequent confusions and the worst corruptions.

    Parameters
    ----------
    scores
        What `mien.evaluation.score_crops` gives for one split.
    robustness
        The part of a card; None where it was not measured.
    """
    yield f"Found least often: {_weakest(scores, 'recall')}."
    yield f"Least to be trusted when named: {_weakest(scores, 'precision')}."
    yield from _confusions(scores["confusion"])
    if scores.get("accuracy_unique") is not None:
        yield (
            f"Of {scores['n']:,} faces {scores['n'] - scores['n_unique']:,} are pixel-identical to"
            " one of the training data; accuracy without them is"
            f" {number(scores['accuracy_unique'], scores['interval']['accuracy_unique'])}."
        )
    if robustness is not None:
        yield from _corruptions(robustness)


def _weakest(scores: dict[str, Any], key: str) -> str:
    """Name the classes whose score is lowest, and the score."""
    known = {name: value for name, value in scores[key].items() if value is not None}
    return ", ".join(
        f"**{name}**, {key} {number(known[name], scores['interval'][key][name])}"
        for name in sorted(known, key=lambda name: known[name])[:_CLASSES]
    )


def _confusions(matrix: list[list[int]]) -> Iterator[str]:
    """Name the pairs of classes that are confused most often."""
    cells = [
        (count, NAMES[row], NAMES[column], sum(counts))
        for row, counts in enumerate(matrix)
        for column, count in enumerate(counts)
        if row != column and count
    ]
    for count, true, read, total in sorted(cells, key=lambda cell: -cell[0])[:_CONFUSIONS]:
        share = f"{count:,} of {total:,} faces ({count / total:.1%})"
        yield f"**{true}** is read as **{read}**: {share}."


def _corruptions(robustness: dict[str, Any]) -> Iterator[str]:
    """Name the corruptions that cost the most accuracy."""
    clean = robustness["clean"]["accuracy"]
    means = {name: each["mean_accuracy"] for name, each in robustness["corruptions"].items()}
    for name in sorted(means, key=lambda name: means[name])[:_CORRUPTIONS]:
        yield (
            f"Under **{name.replace('_', ' ')}** accuracy is {means[name]:.3f} instead of"
            f" {clean:.3f} (mean of the severities)."
        )


SPLITS = {"train": "Training", "public": "PublicTest", "private": "PrivateTest"}
"""FER-2013's names of the splits."""


def measured(card: ModelInfo) -> Iterator[str]:
    """Write the sections on scores, sets, spoilt faces and failures."""
    for split, scores in card.scores.items():
        yield from _scores(SPLITS.get(split, split), scores, card.temperature)
    if not card.scores:
        yield "## Scores"
        yield "Not measured."
    yield from _sets(card)
    yield from _spoilt(card.robustness)
    yield from _failures(card)


def _scores(split: str, scores: dict[str, Any], temperature: float) -> Iterator[str]:
    """Write the scores of one split."""
    yield f"## Scores on {split}"
    yield f"{scores['n']:,} face crops. In brackets are 95% intervals: Wilson's, or bootstrapped."
    yield _headline(scores)
    if scores.get("accuracy_unique") is not None:
        yield (
            f"Unique faces are the {scores['n_unique']:,} that are pixel-identical to none of the"
            " training data."
        )
    yield "### By class"
    yield _classes(scores)
    yield "### Confusion"
    yield "Rows are the labels, columns what the network says."
    yield _confusion(scores["confusion"])
    yield from _calibration(scores, temperature)
    yield from _coverage(scores)


def _headline(scores: dict[str, Any]) -> str:
    intervals = scores["interval"]
    rows = [
        (name, number(scores[key], intervals.get(key)))
        for key, name in HEADLINE.items()
        if scores.get(key) is not None
    ]
    return table(("score", "value"), rows)


def _classes(scores: dict[str, Any]) -> str:
    keys = ("precision", "recall", "f1")
    intervals = scores["interval"]
    rows = [
        (
            name,
            f"{sum(scores['confusion'][row]):,}",
            *(
                number(value, intervals[key][name] if value is not None else None)
                for key in keys
                for value in (scores[key][name],)
            ),
        )
        for row, name in enumerate(NAMES)
    ]
    return table(("class", "faces", "precision", "recall", "F1"), rows)


def _confusion(matrix: list[list[int]]) -> str:
    rows = [
        (
            f"**{NAMES[row]}**",
            *(f"**{n}**" if row == column else str(n) for column, n in enumerate(counts)),
        )
        for row, counts in enumerate(matrix)
    ]
    return table(("", *NAMES), rows)


def _calibration(scores: dict[str, Any], temperature: float) -> Iterator[str]:
    """Write how far confidence can be believed, before the temperature and after it."""
    yield "### Calibration"
    yield f"The logits are divided by {temperature:g} before the softmax (Guo et al. 2017)."
    rows = [
        (HEADLINE[key], number(scores.get(f"{key}_before_temperature")), number(scores[key]))
        for key in ("ece", "nll")
    ]
    yield table(("score", "before", "after"), rows)
    yield "How often the network is right, by the confidence that it shows:"
    bins = [
        (
            f"{each['low']:.2f} to {each['high']:.2f}",
            f"{each['count']:,}",
            number(each["confidence"]),
            number(each["accuracy"], each["interval"]),
        )
        for each in scores["reliability"]
        if each["count"]
    ]
    yield table(("confidence", "faces", "mean confidence", "accuracy"), bins)


def _coverage(scores: dict[str, Any]) -> Iterator[str]:
    """Write what is gained by answering for the most confident faces only."""
    yield "### Coverage"
    yield "Accuracy on the most confident faces, the others being left unanswered:"
    intervals = scores["interval"]["accuracy_at_coverage"]
    rows = [
        (f"{percent}%", number(share, intervals[percent]))
        for percent, share in scores["accuracy_at_coverage"].items()
    ]
    yield table(("answered", "accuracy"), rows)


def _sets(card: ModelInfo) -> Iterator[str]:
    """Write the thresholds of the sets, and what sets of that kind held when measured."""
    yield "## Sets of expressions"
    if not card.conformal:
        yield "The card holds no thresholds, so `mien detect --sets` does not work."
        return
    yield (
        "`mien detect --sets 0.9` gives each face the set of its likeliest expressions, until"
        " their probabilities sum to more than the threshold: adaptive sets by split conformal"
        " prediction (Romano et al. 2020, not randomised). Over many faces like those of"
        " PublicTest, which gave the thresholds, this share of the sets holds the labelled"
        " expression. That is no promise for one face, for one expression, for one group of"
        " people or for other pictures."
    )
    found = card.scores.get("public", {}).get("conformal", {}).get("sets", [])
    by_level = {f"{each['level']:.2f}": each for each in found if each["method"] == "shown"}
    rows = [
        (level, f"{threshold:.4f}", *_set_cells(by_level.get(level)))
        for level, threshold in card.conformal.items()
    ]
    yield table(("coverage asked", "threshold", "measured", "mean size", "sets of one"), rows)
    yield (
        "Measured by cross-fitting: each half of PublicTest with thresholds from the other half."
        if by_level
        else "What such sets hold was not measured."
    )


def _set_cells(measured: dict[str, Any] | None) -> tuple[str, str, str]:
    if measured is None:
        return NONE, NONE, NONE
    return (
        number(measured["coverage"], measured["interval"]["coverage"]),
        f"{measured['size']:.2f}",
        f"{measured['single']:.1%}",
    )


def _spoilt(robustness: dict[str, Any] | None) -> Iterator[str]:
    """Write how accuracy falls as the faces get worse."""
    yield "## Spoilt faces"
    if robustness is None:
        yield "Not measured: `mien export` does so with `--corruptions`."
        return
    clean, severities = robustness["clean"], robustness["severities"]
    yield (
        f"Accuracy on {robustness['n']:,} faces of {SPLITS[robustness['split']]} under each"
        f" corruption, the mean over severities {', '.join(map(str, severities))} (1 is the"
        f" mildest, 5 the hardest; seed {robustness['seed']}). Unspoilt it is"
        f" {number(clean['accuracy'], clean['interval'])}."
    )
    means = {name: each["mean_accuracy"] for name, each in robustness["corruptions"].items()}
    order = sorted(means, key=lambda name: -means[name])
    rows = [(name.replace("_", " "), number(means[name])) for name in order]
    rows.append(("**mean**", f"**{number(robustness['mean_corruption_accuracy'])}**"))
    yield table(("corruption", "accuracy"), rows)
    yield f"Mean macro F1: {number(robustness['mean_corruption_macro_f1'])}."


def _failures(card: ModelInfo) -> Iterator[str]:
    """Write where the numbers are worst."""
    yield "## Known failures"
    if not card.scores:
        yield "Not known, since nothing was measured."
    for split, scores in card.scores.items():
        yield f"On {SPLITS.get(split, split)}, by the numbers above:"
        yield bullets(failures(scores, card.robustness if split == "public" else None))
