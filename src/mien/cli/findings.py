"""Prints the scores of a network: the headline first, then what else was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mien.evaluation.scores import HEADLINE

_METHODS = {"lac": "LAC", "aps": "APS, randomised", "shown": "APS, as mien detect shows"}


def show(scores: dict[str, Any]) -> None:
    """Print one network's scores with their intervals."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(_headline(scores))
    console.print(_classes(scores))
    for column, found in scores.get("groups", {}).items():
        console.print(_groups(column, found))
        for sentence in _gaps(column, found):
            console.print(escape(sentence))
    if "conformal" in scores:
        console.print(_sets(scores["conformal"]))
    if "robustness" in scores:
        console.print(_corruptions(scores["robustness"]))
    for sentence in _sentences(scores):
        console.print(escape(sentence))


def _headline(scores: dict[str, Any]) -> Table:
    """Make the table of the scores that sum a network up."""
    title = f"{scores['net']} on {scores['split']}, {scores['n']:,} faces"
    table = _table(title, "score", "value", "95% interval")
    for key, name in HEADLINE.items():
        if scores.get(key) is not None:
            table.add_row(name, f"{scores[key]:.3f}", _range(scores["interval"][key]))
    return table


def _classes(scores: dict[str, Any]) -> Table:
    """Make the table of the classes."""
    table = _table("by class", "class", "recall", "95% interval", "precision", "F1")
    for name, recall in scores["recall"].items():
        if recall is not None:
            interval = _range(scores["interval"]["recall"][name])
            precision, f1 = scores["precision"][name], scores["f1"][name]
            table.add_row(name, _number(recall), interval, _number(precision), _number(f1))
    return table


def _groups(column: str, found: dict[str, Any]) -> Table:
    """Make the table of one column's groups."""
    headings = ("faces", "accuracy", "95% interval", "balanced", "macro F1", "ECE")
    table = _table(f"by {column}", column, *headings)
    for name, part in found["groups"].items():
        faces = f"{part['n']:,}{' (small)' if part['small'] else ''}"
        accuracy = (_number(part["accuracy"]), _range(part["interval"]["accuracy"]))
        rest = (_number(part[key]) for key in ("balanced_accuracy", "macro_f1", "ece"))
        table.add_row(escape(name), faces, *accuracy, *rest)
    return table


def _gaps(column: str, found: dict[str, Any]) -> Iterator[str]:
    """Say how far the groups are apart, and whether by more than chance."""
    for key, among in (("gap", ""), ("gap_without_small", " without the small groups")):
        gap = found.get(key)
        if gap is not None:
            verdict = "more than chance" if gap["p"] < 0.05 else "no more than chance may give"
            yield (
                f"Largest gap by {column}{among}: {gap['value']:.3f}, {gap['lowest']} to"
                f" {gap['highest']}, p = {gap['p']:.4f} ({verdict})."
            )
    if found["without_group"]:
        yield f"{found['without_group']:,} faces have no group by {column}."


def _sets(conformal: dict[str, Any]) -> Table:
    """Make the table of the conformal sets."""
    headings = ("wanted", "coverage", "95% interval", "mean size", "single", "empty")
    table = _table("sets of expressions, cross-fitted on two halves", "method", *headings)
    for each in conformal["sets"]:
        table.add_row(
            _METHODS[each["method"]],
            f"{each['level']:g}",
            _number(each["coverage"]),
            _range(each["interval"]["coverage"]),
            f"{each['size']:.2f}",
            f"{each['single']:.1%}",
            f"{each['empty']:.1%}",
        )
    return table


def _corruptions(found: dict[str, Any]) -> Table:
    """Make the table of the spoilt faces: accuracy by corruption and severity, in percent."""
    severities = (str(severity) for severity in found["severities"])
    table = _table("accuracy on spoilt faces, %, by severity", "corruption", *severities, "mean")
    for name, corruption in found["corruptions"].items():
        values = [each["accuracy"] for each in corruption["severities"].values()]
        values.append(corruption["mean_accuracy"])
        table.add_row(name, *(f"{100 * value:.1f}" for value in values))
    return table


def _sentences(scores: dict[str, Any]) -> Iterator[str]:
    """Say the rest in sentences."""
    missed = sum(scores["missed"].values())
    if missed:
        yield f"{missed} faces were not found, each counted as an error."
    at = scores["accuracy_at_coverage"]
    if at is not None:
        parts = [f"{share:.3f} on {percent}%" for percent, share in at.items()]
        yield f"Accuracy on the most confident faces: {', '.join(parts)}."
    if "conflicts" in scores:
        twins = scores["n"] - scores["n_unique"]
        yield (
            f"{twins:,} faces are pixel-identical to one of the training data;"
            f" {scores['conflicts']:,} of them are labelled otherwise there."
        )
    if "votes" in scores:
        yield from _votes(scores["votes"])
    if "selective" in scores:
        yield _selective(scores["selective"])
    if "robustness" in scores:
        spoilt = scores["robustness"]
        yield (
            f"Mean accuracy on spoilt faces: {spoilt['mean_corruption_accuracy']:.3f},"
            f" against {spoilt['clean']['accuracy']:.3f} on the same faces unspoilt."
        )


def _votes(votes: dict[str, Any]) -> Iterator[str]:
    """Say how network and labels compare with FER+'s taggers."""
    left = f"{votes['ties']:,} ties and {votes['elsewhere']:,} faces voted none of the seven"
    agreed = votes["agreed"]
    for part, what in (
        (votes, "the taggers' most frequent vote"),
        (agreed, f"what at least {agreed['votes']} of 10 taggers agree on"),
    ):
        if part["n"]:
            yield (
                f"Accuracy against {what}: {part['accuracy']:.3f}"
                f" ({_range(part['interval']['accuracy'])}) of {part['n']:,} faces; the data's"
                f" own labels: {part['label_accuracy']:.3f}."
            )
        else:
            yield f"No face has {what} among the seven expressions."
    yield f"Left out of the votes: {left}."


def _selective(found: dict[str, Any]) -> str:
    """Say what confidence reaches the target."""
    target = found["target_accuracy"]
    if found["threshold"] is None:
        return f"No confidence threshold reaches an accuracy of {target:g} on this split."
    return (
        f"Answering from confidence {found['threshold']:.4f} on reaches {found['accuracy']:.3f}"
        f" (target {target:g}) and leaves {found['answered']:,} faces answered"
        f" ({found['coverage']:.1%}); chosen on this very split, so check it on another."
    )


def _table(title: str, *headings: str) -> Table:
    table = Table(title=escape(title), title_justify="left")
    for heading in headings:
        table.add_column(escape(heading))
    return table


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _range(interval: Sequence[float]) -> str:
    return f"{interval[0]:.3f} to {interval[1]:.3f}"
