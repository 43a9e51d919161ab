"""Scores, page and figure of benchmarks/neutral.py."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.classes import FER2013
from mien.evaluation.calibration import BINS
from mien.figures import GRID, INK, ONE, SOFT, TWO, new_figure, save, strip_axes, title
from mien.models import DEFAULT
from mien.models.neutral_curve import NeutralCurve
from mien.perception.neutral_photos import LEAST_NEUTRAL, MOST_VARIANCE
from mien.perception.prediction_sets import adaptive_sets
from mien.report.markdown import table
from neutral_data import SETS, Faces

DOCS = Path(__file__).parents[1] / "docs"
NEUTRAL = FER2013.names.index("neutral")
RESAMPLES = 1000

Answers = NDArray[np.float32]
"""``float32 [R, N, K]``: probabilities of N cases, read R times."""
Vector = NDArray[np.float64]


class Scorer:
    """Scores answers about cases, each a face against some neutral photos of the person.

    Parameters
    ----------
    faces
        All faces.
    rows
        The face of each case.
    weights
        The weight of each case, which add up to 1 for a face.
    threshold
        Of the network's prediction sets with a coverage of 0.9.
    """

    def __init__(
        self, faces: Faces, rows: NDArray[np.intp], weights: Vector, threshold: float
    ) -> None:
        self._sets, self._people = faces.sets[rows], faces.people[rows]
        self._labels, self._weights = faces.labels[rows], weights
        self._groups = {"gender": faces.gender[rows], "ethnicity": faces.ethnicity[rows]}
        self._threshold = threshold
        self._equal = np.zeros(len(rows))
        for name in SETS:
            here = self._sets == name
            self._equal[here] = weights[here] / weights[here].sum() / len(SETS)

    def kept(self, answers: Answers, name: str) -> float:
        """Return the share of a set's neutral faces that are read as neutral."""
        here = (self._sets == name) & (self._labels == NEUTRAL)
        return float(np.average(self._right(answers)[here], weights=self._weights[here]))

    def curve_point(self, answers: Answers) -> dict[str, Any]:
        """Return accuracy and neutrals kept by set."""
        right = self._right(answers)
        accuracy = {
            name: round(float(np.average(right[here], weights=self._weights[here])), 4)
            for name in SETS
            for here in [self._sets == name]
        }
        kept = {name: round(self.kept(answers, name), 4) for name in SETS[:2]}
        return {"accuracy": accuracy, "neutrals kept": kept}

    def summary(self, answers: Answers) -> dict[str, Any]:
        """Return the scores of each set, with 95% intervals over people, and of all sets."""
        right = self._right(answers)
        result: dict[str, Any] = {
            name: self._of_set(right, self._sets == name, name != "London") for name in SETS
        }
        result["ece"] = round(self._ece(answers), 4)
        result["coverage of 0.90 sets"] = round(self._coverage(answers), 4)
        return result

    def groups(self, answers: Answers) -> dict[str, Any]:
        """Return the scores of London's groups, with 95% intervals over people."""
        right = self._right(answers)
        return {
            kind: {
                str(value): self._of_set(right, values == value, several=False)
                for value in np.unique(values[values != ""])
            }
            for kind, values in self._groups.items()
        }

    def _right(self, answers: Answers) -> Vector:
        """Return how often each case is read right over the repeats, ``float64 [N]``."""
        return np.asarray((answers.argmax(axis=2) == self._labels).mean(axis=0))

    def _of_set(self, right: Vector, here: NDArray[np.bool_], several: bool) -> dict[str, Any]:
        """Return the scores of some cases; macro recall and neutrals where there are several."""
        people, place = np.unique(self._people[here], return_inverse=True)
        labels, weights = self._labels[here], self._weights[here]
        total = np.zeros((len(people), len(FER2013)))
        hits = np.zeros_like(total)
        np.add.at(total, (place, labels), weights)
        np.add.at(hits, (place, labels), weights * right[here])
        random = np.random.default_rng(0)
        drawn = random.multinomial(len(people), np.full(len(people), 1 / len(people)), RESAMPLES)
        counts = np.vstack([np.ones(len(people)), drawn])
        sums, hit_sums = counts @ total, counts @ hits
        with np.errstate(invalid="ignore"):
            recall = hit_sums / sums
        scores = {"accuracy": hit_sums.sum(axis=1) / sums.sum(axis=1)}
        if several:
            scores["macro recall"] = np.nanmean(recall, axis=1)
            scores["neutrals kept"] = recall[:, NEUTRAL]
        return {
            "faces": round(float(weights.sum())),
            "people": len(people),
            **{name: _with_interval(values) for name, values in scores.items()},
        }

    def _ece(self, answers: Answers) -> float:
        """Return the expected calibration error with equal weight for each data set."""
        gaps = []
        for read in answers:
            confidence = read.max(axis=1).astype(np.float64)
            bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
            gap = (confidence - (read.argmax(axis=1) == self._labels)) * self._equal
            gaps.append(sum(abs(gap[bins == number].sum()) for number in range(BINS)))
        return float(np.mean(gaps))

    def _coverage(self, answers: Answers) -> float:
        """Return the share of prediction sets that contain the label, equal for each data set."""
        held = [
            adaptive_sets(read, self._threshold)[np.arange(len(self._labels)), self._labels]
            for read in answers
        ]
        return float((np.mean(held, axis=0) * self._equal).sum())


def _with_interval(values: Vector) -> list[float]:
    """Return a score and the ends of its interval, from the score and its resamples."""
    low, high = np.nanquantile(values[1:], (0.025, 0.975))
    return [round(float(value), 4) for value in (values[0], low, high)]


def judge_photos(faces: Faces, logs: Vector, curve: NeutralCurve) -> dict[str, Any]:
    """Count how often photos for a neutral face are refused, or get a warning."""
    chances, at_rest = np.exp(logs), faces.labels == NEUTRAL
    refused = chances[:, NEUTRAL] < LEAST_NEUTRAL
    doubted = ~refused & (chances.argmax(axis=1) != NEUTRAL)
    smiles = faces.labels == FER2013.names.index("happy")
    kinds = {"neutral": at_rest, "happy": smiles, "other expressions": ~at_rest & ~smiles}
    pairs: dict[str, list[bool]] = {"one person": [], "two people": []}
    for one, other in itertools.combinations(np.flatnonzero(at_rest), 2):
        if faces.sets[one] == faces.sets[other]:
            same = faces.people[one] == faces.people[other]
            variance = float(((logs[one] - logs[other]) ** 2 / 2).mean())
            pairs["one person" if same else "two people"].append(
                variance > MOST_VARIANCE * curve.variance
            )
    return {
        "least neutral of a neutral photo": round(float(chances[at_rest, NEUTRAL].min()), 3),
        **{
            kind: {
                "photos": int(here.sum()),
                "refused": round(float(refused[here].mean()), 3),
                "doubted": round(float(doubted[here].mean()), 3),
            }
            for kind, here in kinds.items()
        },
        "pairs of neutral photos doubted": {
            whose: round(float(np.mean(found)), 3) for whose, found in pairs.items()
        },
    }


_INTRODUCTION = """\
# Reading a person against the person's own neutral face

Resting faces differ, and a network that only knows the average one reads some of them as sad or
angry, and small smiles as neutral. `mien neutral` learns from one or more photos what the network
reads in a person's resting face; `mien detect --neutral` corrects for it.

From a face's calibrated log-probabilities, part of the difference between the person's neutral
photos and the average neutral face is subtracted; the result is scaled, and a bias for each class
is added. The average counts as half a photo beside the person's own. The biases are weighted by
2 / (1 + v), where v is the variance of the person's photos relative to the usual variance, which
counts as one more observation: the weight is 1 for a single photo, up to 2 for many similar ones,
and lower if they differ, as they do under changing light. The sensitivity is how freely the biases
were fitted.

Written by `python benchmarks/neutral.py DATA` for JAFFE, Yale and London (closed-mouth smiles, read
against the one neutral photo of each person). Each face is read with constants that were fitted
without its person: five folds of people, repeated five times, with equal weight for each data set.
Intervals (95%) are over people. The default sensitivity is the highest up to which JAFFE and Yale
lose at most two points of the neutral faces that are recognized without the correction, and no data
set falls more than two points below its best accuracy at a lower sensitivity; otherwise it is 0. It
was chosen on the same answers, so its scores are slightly optimistic. London's neutral photos are
not scored, since there is no other photo to read them against. Yale's photos are lit from different
sides, which is the hard case: against a single photo in other light, fewer neutral faces are
recognized (see the tables for one photo).

The coverage of prediction sets is that of FER-2013's PublicTest, on which their threshold was
fitted; the last column shows how many sets contain the label here. For a face that is read against
a neutral one, `sure` and the set follow from the corrected probabilities.

![Accuracy against the sensitivity](neutral.svg)
"""


def write_page(results: dict[str, Any]) -> None:
    """Write docs/neutral.md."""
    parts = [_INTRODUCTION]
    for net, result in results.items():
        parts += [f"## {net}\n", f"Default sensitivity: {result['sensitivity']:g}.\n"]
        for words in ("all other photos", "one photo"):
            rows = [_row(place, one) for place, one in result[words].items()]
            parts += [f"Against {_AGAINST[words]} of the person:\n", table(_HEADINGS, rows) + "\n"]
        parts += [_groups(result), _photos(result["photos"])]
    (DOCS / "neutral.md").write_text("\n".join(parts), encoding="utf-8")


_AGAINST = {"all other photos": "all other neutral photos", "one photo": "one neutral photo"}

_HEADINGS = (
    "sensitivity",
    "JAFFE",
    "JAFFE neutrals kept",
    "Yale",
    "Yale macro recall",
    "Yale neutrals kept",
    "London smiles",
    "ECE",
    "label in 0.90 set",
)


def _row(place: str, scores: dict[str, Any]) -> tuple[str, ...]:
    jaffe, yale, london = (scores[name] for name in SETS)
    cells = (
        jaffe["accuracy"],
        jaffe["neutrals kept"],
        yale["accuracy"],
        yale["macro recall"],
        yale["neutrals kept"],
        london["accuracy"],
    )
    calibration = (f"{scores['ece']:.3f}", f"{scores['coverage of 0.90 sets']:.3f}")
    return (place, *map(_cell, cells), *calibration)


def _cell(values: list[float]) -> str:
    return f"{values[0]:.3f} ({values[1]:.3f} to {values[2]:.3f})"


def _groups(result: dict[str, Any]) -> str:
    """Return the table of London's groups."""
    before, after = result["groups"]["as shipped"], result["groups"]["with neutral"]
    rows = [
        (group, str(scores["people"]), _cell(scores["accuracy"]), _cell(now["accuracy"]))
        for kind, groups in before.items()
        for group, scores in groups.items()
        for now in [after[kind][group]]
    ]
    head = ("London, self-described", "people", "smiles recognized", "with neutral face")
    words = "By group, at the default sensitivity; with so few people, the intervals are wide:"
    return f"{words}\n\n{table(head, rows)}\n"


def _photos(photos: dict[str, Any]) -> str:
    """Return a paragraph on which photos are refused, and which get a warning."""
    pairs = photos["pairs of neutral photos doubted"]
    kinds = [photos[kind] for kind in ("neutral", "happy", "other expressions")]
    refused = [f"{kind['refused']:.1%}" for kind in kinds]
    doubted = [f"{kind['doubted']:.1%}" for kind in kinds]
    return (
        f"Photos whose neutral probability is below {LEAST_NEUTRAL} are refused: {refused[0]} of"
        f" the neutral ones, {refused[1]} of the happy ones and {refused[2]} of the others; another"
        f" {doubted[0]}, {doubted[1]} and {doubted[2]} get a warning. The warning that photos"
        f" differ a lot appears for {pairs['one person']:.0%} of the pairs of photos of one person"
        f" and {pairs['two people']:.0%} of the pairs of two people: it cannot tell people apart.\n"
    )


def draw(result: dict[str, Any]) -> None:
    """Draw accuracy and neutrals kept along the sensitivity, docs/neutral.svg."""
    figure = new_figure(8.4, 3.4)
    left, right = figure.subplots(1, 2, sharex=True)
    _draw_score(left, result, "accuracy", "Faces read right")
    _draw_score(right, result, "neutrals kept", "Neutral faces kept")
    right.annotate(
        f"{DEFAULT}, people kept apart.\nDotted: without the neutral face.\n"
        "Gray: the default sensitivity.",
        (0.03, 0.05),
        xycoords="axes fraction",
        color=SOFT,
        fontsize=9,
    )
    save(figure, DOCS / "neutral.svg")


def _draw_score(axes: Any, result: dict[str, Any], score: str, words: str) -> None:
    """Draw one score of each set along the sensitivity."""
    places = [point["sensitivity"] for point in result["curve"]]
    before = result["all other photos"]["as shipped"]
    curves = {
        name: [point[score][name] for point in result["curve"]]
        for name in SETS
        if name in result["curve"][0][score]
    }
    labels = _spread_out({name: points[-1] for name, points in curves.items()})
    for name, points in curves.items():
        colour = {"JAFFE": ONE, "Yale": TWO, "London": SOFT}[name]
        axes.plot(places, points, color=colour, linewidth=2)
        axes.axhline(before[name][score][0], color=colour, linewidth=1, linestyle=":")
        text = "London smiles" if name == "London" else name
        axes.annotate(
            text,
            (1, labels[name]),
            (4, 0),
            textcoords="offset points",
            color=colour,
            va="center",
        )
    axes.axvline(result["sensitivity"], color=GRID, linewidth=6, zorder=0)
    axes.set_xlim(0, 1)
    axes.set_ylim(0.4, 1.01)
    axes.set_xlabel("sensitivity", color=INK)
    title(axes, words)
    strip_axes(axes)


def _spread_out(heights: dict[str, float], gap: float = 0.05) -> dict[str, float]:
    """Move labels up until they do not overlap."""
    placed: dict[str, float] = {}
    for name in sorted(heights, key=lambda one: heights[one]):
        lowest = max(placed.values(), default=0.0) + gap
        placed[name] = max(heights[name], lowest)
    return placed
