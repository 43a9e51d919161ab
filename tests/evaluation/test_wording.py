import pytest

from mien.classes import Vocabulary
from mien.evaluation.results import (
    Agreed,
    Column,
    Gap,
    Scores,
    Selective,
    SelectiveIntervals,
    VoteIntervals,
    Votes,
)
from mien.evaluation.wording import (
    HEADLINE,
    about_gaps,
    about_selective,
    about_votes,
    interval_text,
    number,
    p_text,
    percent,
    score_text,
    split_in_words,
)


def test_every_score_of_the_headline_exists() -> None:
    assert set(HEADLINE) <= set(Scores.model_fields)


def test_numbers() -> None:
    assert (number(0.66815), number(1.23456, 2), number(None)) == ("0.668", "1.23", "–")
    assert (percent(0.12345), percent(1.0, 0), percent(None)) == ("12.3%", "100%", "–")
    assert interval_text((0.6526, 0.6834)) == "0.653 to 0.683"
    assert score_text(0.66815, (0.6526, 0.6834)) == "0.668 (0.653 to 0.683)"
    assert (score_text(0.5), score_text(None, (0, 1)), interval_text(None)) == ("0.500", "–", "–")


@pytest.mark.parametrize(
    ("p", "text"), [(0.04999, "p = 0.0500"), (0.0001, "p = 0.0001"), (0.00009, "p < 0.0001")]
)
def test_p_values(p: float, text: str) -> None:
    assert p_text(p) == text


@pytest.mark.parametrize(
    ("split", "fer2013", "others"),
    [
        ("train", "Training", "the training faces"),
        ("public", "PublicTest", "PublicTest"),
        ("private", "PrivateTest", "PrivateTest"),
        ("test", "the test faces", "the test faces"),
        ("validation", "the validation faces", "the validation faces"),
        ("all", "all faces", "all faces"),
        (None, "the scored faces", "the scored faces"),
    ],
)
def test_splits(split: str | None, fer2013: str, others: str) -> None:
    assert split_in_words(split) == fer2013
    assert split_in_words(split, Vocabulary.named(["awake", "tired"])) == others


def test_gaps_are_put_into_sentences() -> None:
    gap = Gap(value=0.25, highest="left", lowest="right", p=0.0123, permutations=2000)
    column = Column(groups={}, without_group=5, gap=gap, gap_without_small=None)
    assert list(about_gaps("side", column)) == [
        "Largest gap by side: 0.250, right to left, p = 0.0123 (more than chance).",
        "5 faces have no group by side.",
    ]
    even = gap.model_copy(update={"p": 0.05})
    column = Column(groups={}, without_group=0, gap=None, gap_without_small=even)
    assert list(about_gaps("side", column)) == [
        "Largest gap by side without the small groups: 0.250, right to left, p = 0.0500"
        " (no more than chance may give)."
    ]


def test_thresholds_are_put_into_sentences() -> None:
    intervals = SelectiveIntervals(coverage=(0, 1), accuracy=(0, 1))
    reached = Selective(
        target_accuracy=0.9, threshold=0.81234, answered=1200, coverage=0.6, accuracy=0.9012,
        interval=intervals,
    )  # fmt: skip
    assert about_selective(reached).startswith(
        "Answering from confidence 0.8123 on reaches an accuracy of 0.901 (target 0.9) and answers"
        " 1,200 faces (60.0%)."
    )
    never = reached.model_copy(update={"threshold": None, "answered": 0, "accuracy": None})
    assert about_selective(never) == (
        "No confidence threshold reaches an accuracy of 0.9 on this split."
    )


def test_votes_are_put_into_sentences() -> None:
    interval = VoteIntervals(accuracy=(0.6, 0.8), label_accuracy=(0.5, 0.7))
    agreed = Agreed(n=0, accuracy=None, label_accuracy=None, interval=interval, votes=8)
    votes = Votes(
        n=100, accuracy=0.7, label_accuracy=0.6, interval=interval, ties=3, elsewhere=2,
        agreed=agreed,
    )  # fmt: skip
    first, second, third = about_votes(votes)
    assert first == (
        "Accuracy against the taggers' most frequent vote: 0.700 (0.600 to 0.800) of 100 faces;"
        " the data's own labels: 0.600."
    )
    assert second == (
        "No face has what at least 8 of 10 taggers agree on among the seven expressions."
    )
    assert third.startswith("Left out of the votes: 3 ties and 2 faces")
