import numpy as np

from mien.classes import FER2013
from mien.evaluation.results import RobustnessSummary, Scores
from mien.evaluation.scores import score
from mien.report.model_card_scores import failures

# rows true: of 10 angry 6 are right, of 4 disgust 1, of 6 happy all
ANSWERS = [(0, 0)] * 6 + [(0, 3)] * 4 + [(1, 0)] * 3 + [(1, 1)] + [(3, 3)] * 6

MEANS = {"noise": 0.3, "blur": 0.6, "crop_tight": 0.5, "jpeg": 0.55}

CORRUPTED = RobustnessSummary.model_validate(
    {
        "net": "a",
        "n": 20,
        "seed": 0,
        "severities": [1],
        "clean": {"accuracy": 0.65, "interval": [0.6, 0.7], "macro_f1": 0.6},
        "corruptions": {name: {"mean_accuracy": mean} for name, mean in MEANS.items()},
        "mean_corruption_accuracy": 0.4,
        "mean_corruption_macro_f1": 0.4,
    }
)


def scores() -> Scores:
    labels = np.array([true for true, _ in ANSWERS], np.int8)
    probabilities = np.eye(7, dtype=np.float32)[[predicted for _, predicted in ANSWERS]]
    return Scores.of(score(probabilities, labels, FER2013), "a")


def test_failures_are_the_worst_of_the_numbers() -> None:
    weakest, trusted, *confusions = failures(scores(), None)
    # Recalls are 0.6, 0.25 and 1; precisions 6 of 9, 1 of 1 and 6 of 10.
    assert weakest.startswith("Lowest recall: **disgust** 0.250 (")
    assert "**angry** 0.600 (" in weakest
    assert "happy" not in weakest
    assert trusted.startswith("Lowest precision: **happy** 0.600 (")
    assert "**angry** 0.667 (" in trusted
    assert confusions == [
        "**angry** is taken for **happy**: 4 of 10 faces (40.0%).",
        "**disgust** is taken for **angry**: 3 of 4 faces (75.0%).",
    ]


def test_the_worst_corruptions_come_last() -> None:
    assert list(failures(scores(), CORRUPTED))[-3:] == [
        "Under **noise**, accuracy is 0.300 instead of 0.650 (averaged over the severities).",
        "Under **crop tight**, accuracy is 0.500 instead of 0.650 (averaged over the severities).",
        "Under **jpeg**, accuracy is 0.550 instead of 0.650 (averaged over the severities).",
    ]


def test_duplicates_are_named() -> None:
    measured = scores()
    interval = measured.interval.model_copy(update={"accuracy_unique": (0.3, 0.7)})
    measured = measured.with_parts(n_unique=15, accuracy_unique=0.5, interval=interval)
    assert (
        "Of 20 faces, 5 are pixel-identical to one in the training data; accuracy without them is"
        " 0.500 (0.300 to 0.700)." in list(failures(measured, None))
    )
