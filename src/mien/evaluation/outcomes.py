"""Counts how many labelled photos were read right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mien.classes import Expression, Vocabulary
from mien.evaluation.bootstrap import wilson

HEADINGS = ("labelled", "photos", "right", "share", "95% interval", "read instead")
"""Of the columns of `Outcomes.rows`."""


class Outcomes:
    """Labelled photos, and what was read in each.

    Parameters
    ----------
    vocabulary
        The classes, in the order of the table's rows.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._counts: Counter[tuple[str, str | None]] = Counter()

    def add(self, truth: Expression, answer: Expression | None) -> None:
        """Count one photo; an answer of None means that no face was found."""
        self._counts[truth.name, answer.name if answer is not None else None] += 1

    def __len__(self) -> int:
        return self._counts.total()

    @property
    def right(self) -> int:
        """How many photos were read right."""
        return sum(count for (truth, answer), count in self._counts.items() if truth == answer)

    def summary(self) -> str:
        """Return ``"3 of 4 labelled photos right, 75% (30% to 95%)."``; not for no photo."""
        low, high = wilson(self.right, len(self))
        photos = "labelled photo" if len(self) == 1 else "labelled photos"
        return (
            f"{self.right} of {len(self)} {photos} right,"
            f" {self.right / len(self):.0%} ({low:.0%} to {high:.0%})."
        )

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the cells of a row for each class that occurs, and of one for all photos."""
        for name in self._vocabulary.names:
            answers = {answer: n for (truth, answer), n in self._counts.items() if truth == name}
            total = sum(answers.values())
            if total:
                wrong = Counter({answer: n for answer, n in answers.items() if answer != name})
                instead = (f"{answer or 'no face'} {n}" for answer, n in wrong.most_common())
                yield name, *_share(answers.get(name, 0), total), ", ".join(instead)
        if self._counts:
            yield "all", *_share(self.right, len(self)), ""


def _share(right: int, total: int) -> tuple[str, ...]:
    """Return a row's numbers: photos, right ones, their share and its interval."""
    low, high = wilson(right, total)
    return f"{total:,}", f"{right:,}", f"{right / total:.3f}", f"{low:.3f} to {high:.3f}"
