"""Fits the constants for people's own neutral faces, and measures them on held-out people.

Usage: python benchmarks/neutral.py DATA [--write]

DATA is a folder with jaffe.zip, yalefaces.zip, london.zip and london.csv (person, gender, ethnicity
and expression of each file). Each face is read against the person's other neutral photos. The
constants that are measured were fitted without the person: five folds of people, five times, with
equal weight for JAFFE, Yale and London. Writes results/neutral.json, docs/neutral.md and
docs/neutral.svg; with --write also the constants, fitted on all people, to
src/mien/models/NAME.json.
"""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

import neutral_report
from common import machine
from mien.classes import FER2013
from mien.models import DEFAULT, ModelInfo, info_path, names, read_info
from mien.models.neutral_curve import NeutralCurve, NeutralKnot
from mien.perception.adjustment import Adjustment
from mien.perception.neutral import Neutral
from mien.perception.reader import Reader
from neutral_data import SETS, Faces, read_faces

RESULT = Path(__file__).parent / "results" / "neutral.json"
NEUTRAL = FER2013.names.index("neutral")

RIDGES = {0.0: 0.3, 0.25: 0.1, 0.5: 0.05, 0.75: 0.02, 1.0: 0.005}
"""By sensitivity, the weight of the squared biases in the loss: the lower, the larger they get."""
SHRINK = 0.5
"""Photos that the average neutral face counts as."""
FOLDS, REPEATS = 5, 5
LOSS = 0.02
"""How much of a set's recall of neutral, and of its accuracy, the default sensitivity may cost."""
GRID = tuple(round(step / 20, 2) for step in range(21))
SHOWN = (0.0, 0.25, 0.5, 0.75, 1.0)

Vector = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Case:
    """One face, and the neutral photos of the same person that it is read against."""

    row: int
    others: tuple[int, ...]
    neutral: Neutral
    weight: float


def make_cases(info: ModelInfo, faces: Faces, logs: Vector, single: bool) -> list[Case]:
    """Pair each face with all other neutral photos of the person, or with each of them alone."""
    cases = []
    for row in range(len(faces.labels)):
        same = (faces.people == faces.people[row]) & (faces.labels == NEUTRAL)
        same[row] = False
        others = [int(place) for place in np.flatnonzero(same)]
        groups = [[place] for place in others] if single else [others] if others else []
        for group in groups:
            neutral = Neutral.of(info, np.exp(logs[group]).astype(np.float32))
            cases.append(Case(row, tuple(group), neutral, 1 / len(groups)))
    return cases


def fit_curve(faces: Faces, logs: Vector, cases: list[Case], people: set[str]) -> NeutralCurve:
    """Fit the constants on some people."""
    known = np.isin(faces.people, sorted(people))
    at_rest = known & (faces.labels == NEUTRAL)
    by_set = {name: at_rest & (faces.sets == name) for name in SETS}
    average = np.mean([logs[here].mean(axis=0) for here in by_set.values()], axis=0)
    variance = np.mean([_variance(faces, logs, by_set[name]) for name in SETS[:2]])
    rough = tuple(NeutralKnot(place, 1.0, 0.0, (0.0,) * logs.shape[1]) for place in (0.0, 1.0))
    curve = NeutralCurve(_rounded(average), SHRINK, round(float(variance), 4), 0.5, rough)
    picked = [case for case in cases if known[case.row]]
    rows = np.array([case.row for case in picked])
    adjustments = [Adjustment(case.neutral, curve, 0.0) for case in picked]
    differences = np.array([adjustment.difference for adjustment in adjustments])
    reliability = np.array([[adjustment.reliability] for adjustment in adjustments])
    weights = _weights(faces.sets[rows], np.array([case.weight for case in picked]))
    knots = []
    for sensitivity, ridge in RIDGES.items():
        loss = _loss(logs[rows], differences, reliability, faces.labels[rows], weights, ridge)
        start = np.r_[1, 0.5, np.zeros(logs.shape[1])]
        bounds = [(0.2, 3), (0, 1.5)] + [(None, None)] * logs.shape[1]
        best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
        slope, factor, *biases = _rounded(best)
        knots.append(NeutralKnot(sensitivity, slope, factor, tuple(biases)))
    return dataclasses.replace(curve, knots=tuple(knots))


def _loss(
    logs: Vector,
    differences: Vector,
    reliability: Vector,
    labels: NDArray[np.int64],
    weights: Vector,
    ridge: float,
) -> Callable[[Vector], tuple[float, Vector]]:
    """Return the weighted cross-entropy and its gradient as a function of the constants."""
    truth = np.eye(logs.shape[1])[labels]

    def loss(constants: Vector) -> tuple[float, Vector]:
        slope, factor, biases = constants[0], constants[1], constants[2:]
        moved = logs - factor * differences
        logits = slope * moved + reliability * biases
        logits -= logits.max(axis=1, keepdims=True)
        chances = np.exp(logits)
        chances /= chances.sum(axis=1, keepdims=True)
        value = -(weights * np.log((chances * truth).sum(axis=1))).sum() + ridge * (biases**2).sum()
        slopes = weights[:, None] * (chances - truth)
        return value, np.r_[
            (slopes * moved).sum(),
            (slopes * -slope * differences).sum(),
            (slopes * reliability).sum(axis=0) + 2 * ridge * biases,
        ]

    return loss


def _variance(faces: Faces, logs: Vector, picked: NDArray[np.bool_]) -> float:
    """Return the mean variance of the log-probabilities within a person's neutral photos."""
    own = [logs[picked & (faces.people == person)] for person in np.unique(faces.people[picked])]
    return float(np.mean([part.var(axis=0, ddof=1).mean() for part in own if len(part) > 1]))


def _weights(sets: NDArray[np.str_], weights: Vector) -> Vector:
    """Return weights with the same total for each data set."""
    total = np.zeros(len(weights))
    for name in SETS:
        here = sets == name
        total[here] = weights[here] / weights[here].sum() / len(SETS)
    return total


def _rounded(values: Vector) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)


def people_apart(faces: Faces, repeat: int) -> Iterator[set[str]]:
    """Yield the people of each fold, with the same share of each data set."""
    random = np.random.default_rng(repeat)
    fold: dict[str, int] = {}
    for name in SETS:
        people = random.permutation(np.unique(faces.people[faces.sets == name]))
        fold |= {str(person): place % FOLDS for place, person in enumerate(people)}
    for number in range(FOLDS):
        yield {person for person, place in fold.items() if place == number}


def read_apart(
    faces: Faces, logs: Vector, cases: list[Case], fitted: list[Case]
) -> NDArray[np.float32]:
    """Read each case with constants fitted without its person.

    Returns
    -------
    numpy.ndarray
        ``float32 [REPEATS, len(GRID), len(cases), K]``.
    """
    answers = np.zeros((REPEATS, len(GRID), len(cases), logs.shape[1]), np.float32)
    everyone = {str(person) for person in faces.people}
    for repeat in range(REPEATS):
        for people in people_apart(faces, repeat):
            curve = fit_curve(faces, logs, fitted, everyone - people)
            for number, case in enumerate(cases):
                if faces.people[case.row] not in people:
                    continue
                own = np.exp(logs[[case.row]]).astype(np.float32)
                for place, sensitivity in enumerate(GRID):
                    read = Adjustment(case.neutral, curve, sensitivity).apply(own)
                    answers[repeat, place, number] = read[0]
    return answers


def choose_default(points: list[dict[str, Any]], shipped: dict[str, float]) -> float:
    """Return the highest sensitivity up to which the losses stay within `LOSS`.

    Each set keeps as many of its neutral faces as without, and as much of its accuracy as at the
    sensitivities below.
    """
    chosen = GRID[0]
    best = dict.fromkeys(SETS, 0.0)
    for point in points:
        best = {name: max(value, point["accuracy"][name]) for name, value in best.items()}
        lost = [shipped[name] - point["neutrals kept"][name] for name in shipped]
        lost += [best[name] - point["accuracy"][name] for name in SETS]
        if max(lost) > LOSS:
            break
        chosen = point["sensitivity"]
    return chosen


def measure(info: ModelInfo, faces: Faces, logs: Vector) -> tuple[NeutralCurve, dict[str, Any]]:
    """Return the constants of a network, and their scores."""
    everyone = {str(person) for person in faces.people}
    cases = {
        "all other photos": make_cases(info, faces, logs, single=False),
        "one photo": make_cases(info, faces, logs, single=True),
    }
    fitted = cases["all other photos"]
    curve = fit_curve(faces, logs, fitted, everyone)
    result: dict[str, Any] = {"sha256": info.sha256}
    for words, group in cases.items():
        rows = np.array([case.row for case in group])
        own = np.exp(logs[rows]).astype(np.float32)[None]
        answers = read_apart(faces, logs, group, fitted)
        score = neutral_report.Scorer(
            faces, rows, np.array([case.weight for case in group]), info.conformal["0.90"]
        )
        if words == "all other photos":
            points = [
                {"sensitivity": place, **score.curve_point(answers[:, number])}
                for number, place in enumerate(GRID)
            ]
            shipped = {name: score.kept(own, name) for name in SETS[:2]}
            curve = dataclasses.replace(curve, sensitivity=choose_default(points, shipped))
            chosen = answers[:, GRID.index(curve.sensitivity)]
            groups = {"as shipped": score.groups(own), "with neutral": score.groups(chosen)}
            result |= {"sensitivity": curve.sensitivity, "curve": points, "groups": groups}
        shown = sorted({*SHOWN, curve.sensitivity})
        result[words] = {
            "as shipped": score.summary(own),
            **{f"{place:g}": score.summary(answers[:, GRID.index(place)]) for place in shown},
        }
    result["photos"] = neutral_report.judge_photos(faces, logs, curve)
    return curve, result


def write_constants(net: str, curve: NeutralCurve) -> None:
    """Write the constants into a network's info, without changing the rest of the file."""
    path = info_path(net)
    text = path.read_text(encoding="utf-8")
    fields = json.loads(text)
    before = {name: value for name, value in fields.items() if name != "neutral"}
    after = json.dumps(before | {"neutral": curve.to_dict()}, indent=2, ensure_ascii=False) + "\n"
    path.write_text(after, encoding="utf-8")


def as_json(content: dict[str, Any]) -> str:
    """Write JSON with each list of numbers, such as a score and its interval, on one line."""
    text = json.dumps(content, indent=1) + "\n"
    return re.sub(r"\[[-\d.,\s]+\]", lambda match: "".join(match[0].split()), text)


def main() -> None:
    """Read the faces, fit, measure, and write."""
    words = [word for word in sys.argv[1:] if word != "--write"]
    if len(words) != 1:
        sys.exit(__doc__)
    faces, crops = read_faces(Path(words[0]))
    results = {}
    for net in sorted(names(), key=lambda name: (name != DEFAULT, name)):
        info = read_info(net)
        chances = Reader(net).classify(crops).astype(np.float64)
        logs = np.log(np.maximum(chances, 1e-9))
        curve, results[net] = measure(info, faces, logs)
        print(f"{net}: default sensitivity {curve.sensitivity:g}")
        if "--write" in sys.argv:
            write_constants(net, curve)
    content = {"machine": machine(), "ridges": RIDGES, "shrink": SHRINK, "networks": results}
    RESULT.write_text(as_json(content), encoding="utf-8")
    neutral_report.write_page(results)
    neutral_report.draw(results[DEFAULT])


if __name__ == "__main__":
    main()
