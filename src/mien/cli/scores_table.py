"""Prints scores: the headline first, then what else was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mien.evaluation.wording import (
    HEADLINE,
    METHODS,
    about_gaps,
    about_selective,
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


def show(scores: Scores) -> None:
    """Print one network's scores with their intervals."""
    tables = [_headline(scores), _classes(scores)]
    sentences: list[str] = []
    for name, column in (scores.groups or {}).items():
        tables.append(_groups(name, column))
        sentences += about_gaps(name, column)
    if scores.conformal is not None:
        tables.append(_prediction_sets(scores.conformal))
    if scores.robustness is not None:
        tables.append(_corruptions(scores.robustness))
    _print(tables, [*sentences, *_sentences(scores)])


def show_comparison(comparison: Comparison) -> None:
    """Print the scores of two networks side by side, and what follows from them."""
    title = f"{_names(comparison)[0]} and {_names(comparison)[1]}"
    table = _table(
        f"{title} on the same {comparison.n:,} faces",
        *("score", *_names(comparison), "difference", "95% interval"),
    )
    for key in ("accuracy", "macro_f1"):
        values = [number(getattr(side, key)) for side in (comparison.a, comparison.b)]
        low, high = getattr(comparison.interval, key)
        difference = f"{getattr(comparison.difference, key):+.3f}"
        table.add_row(HEADLINE[key], *values, difference, f"{low:+.3f} to {high:+.3f}")
    _print([table], _verdicts(comparison))


def _print(tables: Iterable[Table], sentences: Iterable[str]) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False, soft_wrap=True)
    for table in tables:
        console.print(table)
    for sentence in sentences:
        console.print(escape(sentence))


def _headline(scores: Scores) -> Table:
    """Make the table of the scores that sum a network up."""
    split = split_in_words(scores.split, scores.classes)
    table = _table(f"{scores.net} on {split} (n = {scores.n:,})", "score", "value", "95% interval")
    for key, name in HEADLINE.items():
        value = getattr(scores, key)
        if value is not None:
            table.add_row(name, number(value), interval_text(getattr(scores.interval, key)))
    return table


def _classes(scores: Scores) -> Table:
    """Make the table of the classes that have faces."""
    table = _table("by class", "class", "recall", "95% interval", "precision", "F1")
    for name, recall in scores.recall.items():
        if recall is not None:
            interval = interval_text(scores.interval.recall[name])
            rest = number(scores.precision[name]), number(scores.f1[name])
            table.add_row(_plain(name), number(recall), interval, *rest)
    return table


def _groups(name: str, column: Column) -> Table:
    """Make the table of one column's groups."""
    headings = ("faces", "accuracy", "95% interval", "balanced", "macro F1", "ECE")
    table = _table(f"by {name}", name, *headings)
    for group, scores in column.groups.items():
        table.add_row(
            _plain(group),
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
    table = _table("prediction sets, cross-fitted on two halves", "method", *headings)
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
    table = _table(
        "accuracy on corrupted faces, %, by severity", "corruption", *severities, "mean"
    )
    for name, corruption in robustness.corruptions.items():
        values = [corruption.severities[level].accuracy for level in robustness.severities]
        values.append(corruption.mean_accuracy)
        table.add_row(name, *(f"{100 * value:.1f}" for value in values))
    return table


def _sentences(scores: Scores) -> Iterator[str]:
    """Put the rest into sentences."""
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
    yield (
        f"Only {a} is right on {test.only_a:,} faces, only {b} on {test.only_b:,};"
        f" McNemar's exact test gives {p_text(test.p)}."
    )
    for score, better in (
        ("accuracy", comparison.better),
        ("macro F1", comparison.better_macro_f1),
    ):
        if better is None:
            yield f"By {score} the difference is within the noise: neither is better."
        else:
            yield f"By {score} {a if better == 'a' else b} is better."


def _table(title: str, *headings: str) -> Table:
    from rich.table import Table

    table = Table(title=_plain(title), title_justify="left")
    for heading in headings:
        table.add_column(_plain(heading))
    return table


def _plain(text: str) -> str:
    """Keep rich from reading brackets as markup."""
    from rich.markup import escape

    return escape(text)
