"""Neutral faces of a video: whose they are, and what is learnt from frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mien.errors import NetError, PictureError, SettingsError
from mien.models import ModelInfo, read_info
from mien.perception.adjustment import Adjustment, log_probabilities
from mien.perception.neutral import Neutral
from mien.perception.neutral_frames import Auto, Range
from mien.perception.neutral_in_video import Neutrals, VideoNeutral
from mien.perception.reader import Reader

Rows = NDArray[np.float32]

RESTING: Rows = np.array([0.04, 0.02, 0.04, 0.02, 0.2, 0.02, 0.66], np.float32)
SMILING: Rows = np.array([0.01, 0.01, 0.03, 0.6, 0.1, 0.05, 0.2], np.float32)
ANGRY: Rows = np.array([0.9, 0.02, 0.02, 0.01, 0.02, 0.01, 0.02], np.float32)


@pytest.fixture(scope="module")
def info() -> ModelInfo:
    return read_info("mien-s")


@pytest.fixture(scope="module")
def own(info: ModelInfo) -> Neutral:
    return Neutral.of(info, RESTING[None])


def whose(neutrals: Neutrals, *frames: list[int]) -> list[list[bool | None]]:
    """Say for each face of each frame whether it was read against a neutral one."""
    results = []
    for number, face_ids in enumerate(frames):
        rows = np.tile(SMILING, (len(face_ids), 1))
        results.append(neutrals.adjust(number / 24, face_ids, rows)[1])
    return results


def test_without_a_neutral_face_nothing_changes(info: ModelInfo) -> None:
    rows = np.stack([SMILING, RESTING])
    same, flags = Neutrals(info, None, None).adjust(0.0, [0, 1], rows)
    assert same is rows
    assert flags == [None, None]


def test_one_neutral_face_is_that_of_the_face_that_is_alone(
    info: ModelInfo, own: Neutral
) -> None:
    """Face 3 joins face 1, so it is another's, also when it is alone later; 4 was never seen."""
    neutrals = Neutrals(info, None, own)
    assert whose(neutrals, [1, 2], [1], [1, 3], [3], [], [4]) == [
        [False, False], [True], [True, False], [False], [], [True],
    ]  # fmt: skip
    assert neutrals.by_face == {1: own, 4: own}


def test_each_face_is_read_against_its_own(info: ModelInfo, own: Neutral) -> None:
    other = Neutral.of(info, SMILING[None])
    neutrals = Neutrals(info, 0.25, {0: own, 2: other})
    rows = np.stack([SMILING, SMILING, RESTING])
    changed, flags = neutrals.adjust(0.0, [0, 1, 2], rows)
    assert flags == [True, False, True]
    for place, neutral in ((0, own), (2, other)):
        expected = Adjustment.of(neutral, info, 0.25).apply(rows[place : place + 1])[0]
        np.testing.assert_array_equal(changed[place], expected)
    np.testing.assert_array_equal(changed[1], rows[1])


def test_a_neutral_face_is_set_and_taken_away_live(info: ModelInfo, own: Neutral) -> None:
    neutrals = Neutrals(info, None, None)
    assert whose(neutrals, [0]) == [[None]]
    neutrals.set(0, own)
    assert whose(neutrals, [0, 1]) == [[True, False]]
    neutrals.set(0, None)
    assert whose(neutrals, [0, 1]) == [[False, False]]


def test_frames_count_as_one_photo(info: ModelInfo) -> None:
    neutrals = Neutrals(info, None, None)
    rows = [RESTING, RESTING, SMILING]
    for number, row in enumerate(rows):
        neutrals.adjust(number / 10, [0], row[None])
    learnt = neutrals.learn(0, 0.0)
    assert (learnt.photos, learnt.spread, learnt.doubts) == (1, None, ())
    mean = np.exp(log_probabilities(np.stack(rows)).mean(axis=0))
    expected = np.log(mean / mean.sum())
    np.testing.assert_allclose(learnt.log_probabilities, expected, atol=1e-6)
    since = neutrals.learn(0, 0.15)
    assert since.doubts == (
        "Face 0 may not be neutral: it is read as happy 60%, neutral 20%.",
    )


def test_what_cannot_be_learnt_live_is_a_sentence(info: ModelInfo) -> None:
    neutrals = Neutrals(info, None, None)
    neutrals.adjust(0.0, [0], RESTING[None])
    neutrals.adjust(11.0, [0], ANGRY[None])
    with pytest.raises(PictureError, match="Face 0 is not neutral: it is read as angry 90%"):
        neutrals.learn(0, 0.0)  # what is older than ten seconds is forgotten
    with pytest.raises(PictureError, match="Face 1 was not seen since 10 s"):
        neutrals.learn(1, 10.0)


def test_a_range_is_learnt_from_its_frames_alone(info: ModelInfo) -> None:
    learning = Range(info, 1.0, 2.0)
    for time, ids, rows in (
        (0.5, [0], [ANGRY]), (1.0, [0, 1], [RESTING, ANGRY]), (1.5, [0], [RESTING]),
        (2.0, [0, 2], [ANGRY, RESTING]),
    ):  # fmt: skip
        learning.add(time, ids, np.stack(rows))
    assert not learning.is_over(1.99)
    assert learning.is_over(2.0)
    assert list(learning.neutrals()) == [0]
    np.testing.assert_allclose(
        learning.neutrals()[0].log_probabilities, np.log(RESTING), atol=1e-5
    )
    assert learning.refused[1].problem.startswith("Face 1 is not neutral: it is read as angry")


def test_a_range_without_a_face_at_rest_is_refused(info: ModelInfo) -> None:
    with pytest.raises(PictureError, match="learnt from 1 to 2 s: there is no face"):
        Range(info, 1.0, 2.0).neutrals()
    learning = Range(info, 0.0, 2.0)
    learning.add(0.0, [0], ANGRY[None])
    with pytest.raises(PictureError, match="learnt from 0 to 2 s: Face 0 is not neutral"):
        learning.neutrals()


def test_auto_learns_from_a_second_of_likely_neutral_frames(info: ModelInfo) -> None:
    """Face 0 is at rest for one second, face 1 for less, face 2 never."""
    learning = Auto(info)
    for number in range(31):
        rows = [RESTING, RESTING if number > 10 else SMILING, ANGRY]
        learning.add(number / 30, [0, 1, 2], np.stack(rows))
    assert list(learning.neutrals()) == [0]
    np.testing.assert_allclose(
        learning.neutrals()[0].log_probabilities, np.log(RESTING), atol=1e-5
    )


def test_auto_is_careful(info: ModelInfo) -> None:
    """It is used at sensitivity 0 unless another was asked for, and keeps a resting face so."""
    neutral = {0: Neutral.of(info, RESTING[None])}
    for sensitivity, expected in ((None, 0.0), (0.5, 0.5)):
        neutrals = Neutrals(info, sensitivity, "auto", neutral)
        changed, _ = neutrals.adjust(0.0, [0], RESTING[None])
        adjustment = Adjustment.of(neutral[0], info, expected)
        np.testing.assert_array_equal(changed, adjustment.apply(RESTING[None]))
        assert changed.argmax() == 6


@pytest.mark.parametrize(("neutral", "begins"), [((0.5, 2.0), 2.0), ("auto", 3.0)])
def test_on_the_way_faces_are_read_against_what_was_learnt_from_then_on(
    info: ModelInfo, neutral: VideoNeutral, begins: float
) -> None:
    neutrals = Neutrals(info, None, neutral)
    flags = [
        neutrals.adjust(number / 10, [0], RESTING[None])[1][0] for number in range(40)
    ]
    expected = [number / 10 >= begins - 1e-6 for number in range(40)]
    assert flags == expected


def test_other_neutral_faces_are_refused(info: ModelInfo, own: Neutral, net: Path) -> None:
    for wrong in ("automatic", (5.0, 2.0), (1.0,)):
        with pytest.raises(SettingsError, match="Expected a neutral face, one for each face's num"):
            Neutrals(info, None, wrong)  # type: ignore[arg-type]
    with pytest.raises(NetError, match="cannot use a person's neutral face"):
        Neutrals(Reader(net).info, None, "auto")
    elsewhere = own.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(SettingsError, match="was learnt with another mien-s"):
        Neutrals(info, None, {0: elsewhere})
