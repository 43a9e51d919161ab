"""Writes the measured half of a model card: every number, with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mien.evaluation.results import (
    RobustnessSummary,
    Scores,
    SetScores,
    checked,
)
from mien.evaluation.wording import (
    HEADLINE,
    MISSING,
    score_text,
    split_in_words,
    worst_confusions,
)
from mien.models import ModelInfo
from mien.report.markdown import bullets, plain, table
from mien.words import spaced

_CLASSES, _CONFUSIONS, _CORRUPTIONS = 2, 5, 3
"""How many of each the known failures name."""

_FIX = "Export the network again."


def scores_of(info: ModelInfo) -> dict[str, Scores]:
    """Return the scores in a network's info, by split.

    Raises
    ------
    DataError
        If a key is missing or its value is of another kind.
    """
    known = {"net": info.name, "classes": info.classes.to_list()}
    return {
        split: checked(
            Scores, known | {"split": split} | scores, f"the {split} scores of {info.name}", _FIX
        )
        for split, scores in info.scores.items()
    }


def robustness_of(info: ModelInfo) -> RobustnessSummary | None:
    """Return the accuracy on corrupted faces in a network's info.

    If only that of the answer to FER-2013's labels was measured, it is returned, under its name.

    Raises
    ------
    DataError
        If a key is missing or its value is of another kind.
    """
    if info.robustness is None:
        other = info.label_answer
        if other is None or other.robustness is None:
            return None
        return robustness_of(info.with_labels("fer2013"))
    content = {"net": info.name} | info.robustness
    return checked(RobustnessSummary, content, f"the robustness of {info.name}", _FIX)


def write_scores(
    info: ModelInfo, scores: Mapping[str, Scores], robustness: RobustnessSummary | None
) -> Iterator[str]:
    """Write the sections on scores, prediction sets, corrupted faces and failures."""
    for split, measured in scores.items():
        yield from _scores(split_in_words(split, info.classes), measured, info.temperature)
    if not scores:
        yield "## Scores"
        yield "Not measured."
    yield from _sets(info, scores)
    yield from _corrupted(info, robustness)
    yield from _failures(info, scores, robustness)


def _scores(split: str, measured: Scores, temperature: float) -> Iterator[str]:
    """Write the scores of one split."""
    yield f"## Scores on {split}"
    yield (
        f"{measured.n:,} face crops. 95% intervals are in brackets, Wilson's for proportions,"
        " otherwise bootstrapped."
    )
    yield _headline(measured)
    if measured.n_unique is not None and measured.accuracy_unique is not None:
        yield (
            f"Unique faces are the {measured.n_unique:,} that are not pixel-identical to any face"
            " in the training data."
        )
    yield "### By class"
    yield _classes(measured)
    yield "### Confusion"
    yield "Rows are the labels, columns the predictions."
    yield _confusion(measured)
    yield from _calibration(measured, temperature)
    yield from _coverage(measured)


def _headline(measured: Scores) -> str:
    rows = [
        (name, score_text(getattr(measured, key), getattr(measured.interval, key, None)))
        for key, name in HEADLINE.items()
        if getattr(measured, key) is not None
    ]
    return table(("score", "value"), rows)


def _classes(measured: Scores) -> str:
    rows = [
        (
            plain(name),
            f"{sum(measured.confusion[row]):,}",
            *(
                score_text(getattr(measured, key)[name], getattr(measured.interval, key)[name])
                for key in ("precision", "recall", "f1")
            ),
        )
        for row, name in enumerate(measured.classes.names)
    ]
    return table(("class", "faces", "precision", "recall", "F1"), rows)


def _confusion(measured: Scores) -> str:
    rows = [
        (
            f"**{plain(name)}**",
            *(f"**{n}**" if row == column else str(n) for column, n in enumerate(counts)),
        )
        for row, (name, counts) in enumerate(
            zip(measured.classes.names, measured.confusion, strict=True)
        )
    ]
    return table(("", *map(plain, measured.classes.names)), rows)


def _calibration(measured: Scores, temperature: float) -> Iterator[str]:
    """Write how far confidence can be relied on, before and after the temperature."""
    yield "### Calibration"
    yield f"The logits are divided by {temperature:g} before the softmax (Guo et al. 2017)."
    rows = [
        (HEADLINE["ece"], score_text(measured.ece_before_temperature), score_text(measured.ece)),
        (HEADLINE["nll"], score_text(measured.nll_before_temperature), score_text(measured.nll)),
    ]
    yield table(("score", "before", "after"), rows)
    yield "How often the network is right, by its confidence:"
    bins = [
        (
            f"{bin_.low:.2f} to {bin_.high:.2f}",
            f"{bin_.count:,}",
            score_text(bin_.confidence),
            score_text(bin_.accuracy, bin_.interval),
        )
        for bin_ in measured.reliability or ()
        if bin_.count
    ]
    yield table(("confidence", "faces", "mean confidence", "accuracy"), bins)


def _coverage(measured: Scores) -> Iterator[str]:
    """Write what is gained by answering for the most confident faces only."""
    yield "### Coverage"
    yield "Accuracy if only the most confident faces are answered:"
    intervals = measured.interval.accuracy_at_coverage or {}
    rows = [
        (f"{percent}%", score_text(share, intervals.get(percent)))
        for percent, share in (measured.accuracy_at_coverage or {}).items()
    ]
    yield table(("answered", "accuracy"), rows)


def _sets(info: ModelInfo, scores: Mapping[str, Scores]) -> Iterator[str]:
    """Write the thresholds of the prediction sets, and their measured coverage."""
    yield "## Prediction sets"
    if not info.conformal:
        yield "No thresholds are recorded, so the network cannot give prediction sets."
        return
    split = next((name for name in ("public", "validation") if name in scores), "public")
    words = split_in_words(split, info.classes)
    yield (
        "With a coverage of 0.9, for example, each face gets the set of its most probable classes,"
        " up to where their probabilities sum to more than the threshold: adaptive sets by split"
        " conformal prediction (Romano et al. 2020, not randomised). Over many faces like those of"
        f" {words}, which the thresholds were fitted on, this share of the sets holds the labelled"
        " class. That is no guarantee for a single face, a single class, a group of people or"
        " other pictures."
    )
    conformal = scores[split].conformal if split in scores else None
    shown = [entry for entry in (conformal.sets if conformal else ()) if entry.method == "shown"]
    by_level = {f"{entry.level:.2f}": entry for entry in shown}
    rows = [
        (level, f"{threshold:.4f}", *_set_cells(by_level.get(level)))
        for level, threshold in info.conformal.items()
    ]
    yield table(("target coverage", "threshold", "measured", "mean size", "sets of one"), rows)
    yield (
        f"Measured by cross-fitting: each half of {words} with thresholds from the other half."
        if by_level
        else "The coverage of these sets was not measured."
    )


def _set_cells(entry: SetScores | None) -> tuple[str, str, str]:
    if entry is None:
        return MISSING, MISSING, MISSING
    return (
        score_text(entry.coverage, entry.interval.coverage),
        f"{entry.size:.2f}",
        f"{entry.single:.1%}",
    )


def _corrupted(info: ModelInfo, robustness: RobustnessSummary | None) -> Iterator[str]:
    """Write how accuracy falls as the faces get worse."""
    yield "## Corrupted faces"
    if robustness is None:
        yield "Not measured; `mien export` can do it."
        return
    clean, severities = robustness.clean, robustness.severities
    yield (
        f"Accuracy on {robustness.n:,} faces ({split_in_words(robustness.split, info.classes)})"
        f" under each corruption, averaged over severities {', '.join(map(str, severities))} (1 is"
        f" the mildest, 5 the strongest; seed {robustness.seed}). On clean faces it is"
        f" {score_text(clean.accuracy, clean.interval)}."
    )
    if info.robustness is None:
        yield "Measured with the answer to FER-2013's labels alone."
    means = {name: part.mean_accuracy for name, part in robustness.corruptions.items()}
    order = sorted(means, key=lambda name: -means[name])
    rows = [(spaced(name), score_text(means[name])) for name in order]
    rows.append(("**mean**", f"**{score_text(robustness.mean_corruption_accuracy)}**"))
    yield table(("corruption", "accuracy"), rows)
    yield f"Mean macro F1: {score_text(robustness.mean_corruption_macro_f1)}."


def _failures(
    info: ModelInfo, scores: Mapping[str, Scores], robustness: RobustnessSummary | None
) -> Iterator[str]:
    """Write where the numbers are worst."""
    yield "## Known failures"
    if not scores:
        yield "Not known, since nothing was measured."
    for split, measured in scores.items():
        yield f"On {split_in_words(split, info.classes)}, from the numbers above:"
        corrupted = robustness if robustness and robustness.split in (None, split) else None
        yield bullets(failures(measured, corrupted))


def failures(measured: Scores, robustness: RobustnessSummary | None) -> Iterator[str]:
    """Name the weakest classes, the most frequent confusions and the worst corruptions.

    Parameters
    ----------
    measured
        The scores on one split.
    robustness
        Accuracy on corrupted faces of that split; None if it was not measured.
    """
    yield f"Lowest recall: {_weakest(measured, 'recall')}."
    yield f"Lowest precision: {_weakest(measured, 'precision')}."
    yield from _confusions(measured)
    if measured.accuracy_unique is not None and measured.n_unique is not None:
        duplicates = measured.n - measured.n_unique
        yield (
            f"Of {measured.n:,} faces, {duplicates:,} are pixel-identical to one in the training"
            " data; accuracy without them is"
            f" {score_text(measured.accuracy_unique, measured.interval.accuracy_unique)}."
        )
    if robustness is not None:
        yield from _corruptions(robustness)


def _weakest(measured: Scores, key: str) -> str:
    """Name the classes whose score is lowest, and the score."""
    values, intervals = getattr(measured, key), getattr(measured.interval, key)
    known = {name: value for name, value in values.items() if value is not None}
    return ", ".join(
        f"**{plain(name)}** {score_text(known[name], intervals[name])}"
        for name in sorted(known, key=lambda name: known[name])[:_CLASSES]
    )


def _confusions(measured: Scores) -> Iterator[str]:
    """Name the pairs of classes that are confused most often."""
    for confusion in worst_confusions(measured, _CONFUSIONS):
        total = measured.faces[confusion.label]
        share = f"{confusion.faces:,} of {total:,} faces ({confusion.share:.1%})"
        yield f"**{plain(confusion.label)}** is taken for **{plain(confusion.answer)}**: {share}."


def _corruptions(robustness: RobustnessSummary) -> Iterator[str]:
    """Name the corruptions that cost the most accuracy."""
    means = {name: part.mean_accuracy for name, part in robustness.corruptions.items()}
    for name in sorted(means, key=lambda name: means[name])[:_CORRUPTIONS]:
        yield (
            f"Under **{spaced(name)}**, accuracy is {means[name]:.3f} instead of"
            f" {robustness.clean.accuracy:.3f} (averaged over the severities)."
        )
