from typing import Any

import numpy as np

from mien.evaluation.scores import score
from mien.report.model_card_scores import failures

# rows true: of 10 angry 6 are right, of 4 disgust 1, of 6 happy all
ANSWERS = [(0, 0)] * 6 + [(0, 3)] * 4 + [(1, 0)] * 3 + [(1, 1)] + [(3, 3)] * 6

SPOILT: dict[str, Any] = {
    "clean": {"accuracy": 0.65},
    "corruptions": {
        name: {"mean_accuracy": mean}
        for name, mean in (("noise", 0.3), ("blur", 0.6), ("crop_tight", 0.5), ("jpeg", 0.55))
    },
}


def scores() -> dict[str, Any]:
    labels = np.array([true for true, _ in ANSWERS], np.int8)
    return score(np.eye(7, dtype=np.float32)[[read for _, read in ANSWERS]], labels)


def test_failures_are_the_worst_of_the_numbers() -> None:
    weakest, trusted, *confusions = failures(scores(), None)
    # Recalls are 0.6, 0.25 and 1; precisions 6 of 9, 1 of 1 and 6 of 10.
    assert weakest.startswith("Found least often: **disgust**, recall 0.250 (")
    assert "**angry**, recall 0.600 (" in weakest
    assert "happy" not in weakest
    assert "named: **happy**, precision 0.600 (" in trusted
    assert "**angry**, precision 0.667 (" in trusted
    assert confusions == [
        "**angry** is read as **happy**: 4 of 10 faces (40.0%).",
        "**disgust** is read as **angry**: 3 of 4 faces (75.0%).",
    ]


def test_the_worst_corruptions_come_last() -> None:
    assert list(failures(scores(), SPOILT))[-3:] == [
        "Under **noise** accuracy is 0.300 instead of 0.650 (mean of the severities).",
        "Under **crop tight** accuracy is 0.500 instead of 0.650 (mean of the severities).",
        "Under **jpeg** accuracy is 0.550 instead of 0.650 (mean of the severities).",
    ]


def test_twins_are_named() -> None:
    found = scores() | {"n_unique": 15, "accuracy_unique": 0.5}
    found["interval"] |= {"accuracy_unique": (0.3, 0.7)}
    assert (
        "Of 20 faces 5 are pixel-identical to one of the training data; accuracy without them is"
        " 0.500 (0.300 to 0.700)." in list(failures(found, None))
    )
