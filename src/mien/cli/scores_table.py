"""Prints scores: the headline first, then what else was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mien.cli.confusion_table import confusion_table
from mien.cli.tables import console, new_table, plain, print_all
from mien.evaluation.wording import (
    HEADLINE,
    METHODS,
    about_excluded,
    about_gaps,
    about_selective,
    about_trained_on,
    about_votes,
    interval_text,
    number,
    p_text,
    percent,
    split_in_words,
)

if TYPE_CHECKING:
    from rich.table import Table

    from mien.evaluation.results import Column, Comparison, Conformal, Robustness, Scores


def show(scores: Scores, on_stderr: bool = False) -> None:
    """Print one network's scores with their intervals; on stderr if stdout carries an output."""
    width = console(on_stderr).width
    tables = [_headline(scores), _classes(scores), confusion_table(scores, width)]
    sentences: list[str] = []
    for name, column in (scores.groups or {}).items():
        tables.append(_groups(name, column))
        sentences += about_gaps(name, column)
    if scores.conformal is not None:
        tables.append(_prediction_sets(scores.conformal))
    if scores.robustness is not None:
        tables.append(_corruptions(scores.robustness))
    print_all(tables, [*sentences, *_sentences(scores)], on_stderr)


def show_comparison(comparison: Comparison, on_stderr: bool = False) -> None:
    """Print the scores of two networks side by side, and what follows from them.

    They go to stderr if standard output carries an output.
    """
    a, b = _names(comparison)
    table = new_table(
        f"{a} and {b} on the same {comparison.n:,} faces",
        *("score", a, b, f"{b} minus {a}", "95% interval"),
    )
    for key in ("accuracy", "macro_f1"):
        values = [number(getattr(side, key)) for side in (comparison.a, comparison.b)]
        low, high = getattr(comparison.interval, key)
        difference = f"{getattr(comparison.difference, key):+.3f}"
        table.add_row(HEADLINE[key], *values, difference, f"{low:+.3f} to {high:+.3f}")
    print_all([table], _verdicts(comparison), on_stderr)


def _headline(scores: Scores) -> Table:
    """Make the table of the scores that sum a network up."""
    split = split_in_words(scores.split, scores.classes)
    answer = ", mixed labels" if scores.labels == "mixed" else ""
    title = f"{scores.net} on {split} (n = {scores.n:,}{answer})"
    table = new_table(title, "score", "value", "95% interval")
    for key, name in HEADLINE.items():
        value = getattr(scores, key)
        if value is not None:
            table.add_row(name, number(value), interval_text(getattr(scores.interval, key)))
    return table


def _classes(scores: Scores) -> Table:
    """Make the table of the classes that have faces."""
    table = new_table("by class", "class", "recall", "95% interval", "precision", "F1")
    for name, recall in scores.recall.items():
        if recall is not None:
            interval = interval_text(scores.interval.recall[name])
            rest = number(scores.precision[name]), number(scores.f1[name])
            table.add_row(plain(name), number(recall), interval, *rest)
    return table


def _groups(name: str, column: Column) -> Table:
    """Make the table of one column's groups."""
    headings = ("faces", "accuracy", "95% interval", "balanced", "macro F1", "ECE")
    table = new_table(f"by {name}", name, *headings)
    for group, scores in column.groups.items():
        table.add_row(
            plain(group),
            f"{scores.n:,}{' (small)' if scores.small else ''}",
            number(scores.accuracy),
            interval_text(scores.interval.accuracy),
            number(scores.balanced_accuracy),
            number(scores.macro_f1),
            number(scores.ece),
        )
    return table


def _prediction_sets(conformal: Conformal) -> Table:
    """Make the table of the prediction sets."""
    headings = ("asked for", "coverage", "95% interval", "mean size", "single", "empty")
    table = new_table("prediction sets, cross-fitted on two halves", "method", *headings)
    for sets in conformal.sets:
        table.add_row(
            METHODS[sets.method],
            f"{sets.level:g}",
            number(sets.coverage),
            interval_text(sets.interval.coverage),
            number(sets.size, 2),
            percent(sets.single),
            percent(sets.empty),
        )
    return table


def _corruptions(robustness: Robustness) -> Table:
    """Make the table of accuracy by corruption and severity, in percent."""
    severities = map(str, robustness.severities)
    table = new_table(
        "accuracy on corrupted faces, %, by severity", "corruption", *severities, "mean"
    )
    for name, corruption in robustness.corruptions.items():
        values = [corruption.severities[level].accuracy for level in robustness.severities]
        values.append(corruption.mean_accuracy)
        table.add_row(name, *(f"{100 * value:.1f}" for value in values))
    return table


def _sentences(scores: Scores) -> Iterator[str]:
    """Put the rest into sentences."""
    if scores.trained_on:
        yield about_trained_on(scores)
    if scores.excluded is not None:
        yield about_excluded(scores.excluded)
    missed = sum(scores.missed.values())
    if missed:
        yield f"{missed:,} faces were not detected; each counts as an error."
    if scores.accuracy_at_coverage is not None:
        parts = [f"{number(at)} on {share}%" for share, at in scores.accuracy_at_coverage.items()]
        yield f"Accuracy on the most confident faces: {', '.join(parts)}."
    if scores.n_unique is not None:
        yield (
            f"{scores.n - scores.n_unique:,} faces are pixel-identical to a training face;"
            f" {scores.conflicts or 0:,} of them have another label there."
        )
    if scores.votes is not None:
        yield from about_votes(scores.votes)
    if scores.selective is not None:
        yield about_selective(scores.selective)
    if scores.robustness is not None:
        yield (
            "Mean accuracy on corrupted faces:"
            f" {number(scores.robustness.mean_corruption_accuracy)}, compared to"
            f" {number(scores.robustness.clean.accuracy)} on the same faces without corruption."
        )


def _names(comparison: Comparison) -> tuple[str, str]:
    """Call the two by their networks, or A and B if those have the same name."""
    a, b = comparison.a.net, comparison.b.net
    return (a, b) if a != b else (f"{a} (A)", f"{b} (B)")


def _verdicts(comparison: Comparison) -> Iterator[str]:
    """Say which network is better, if any."""
    a, b = _names(comparison)
    test = comparison.mcnemar
    if comparison.a.sha256 is not None and comparison.a.sha256 == comparison.b.sha256:
        yield "Both are the same network, by its SHA-256."
    yield f"Differences are {b} minus {a}: a number above 0 favours {b}."
    yield (
        f"Only {a} is right on {test.only_a:,} faces, only {b} on {test.only_b:,};"
        f" McNemar's exact test gives {p_text(test.p)}."
    )
    for score, better in (
        ("accuracy", comparison.better),
        ("macro F1", comparison.better_macro_f1),
    ):
        if better is None:
            yield f"The difference in {score} is within the noise: neither is better."
        else:
            yield f"By {score} {a if better == 'a' else b} is better."
