"""A person's own neutral face: by hand, by property, and each refusal."""

from __future__ import annotations

import dataclasses
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import mien
from mien.classes import Vocabulary
from mien.errors import DataError, NetError, OutputError, PictureError, SettingsError
from mien.models import ModelInfo, read_info
from mien.models.neutral_curve import NeutralCurve, NeutralKnot
from mien.perception.adjustment import Adjustment
from mien.perception.neutral import Neutral
from mien.perception.reader import Reader

RESTING = np.array([0.1, 0.02, 0.1, 0.02, 0.3, 0.01, 0.45], np.float32)
"""What a network may read in somebody's resting face."""

HAPPY = np.array([0.01, 0.01, 0.02, 0.9, 0.01, 0.02, 0.03], np.float32)


@pytest.fixture(scope="module")
def info() -> ModelInfo:
    return read_info("mien-s")


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader("mien-s")


@pytest.fixture
def resting_reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    """A reader that sees the same resting face in every crop."""
    reader = Reader("mien-s")
    monkeypatch.setattr(
        reader._classifier,
        "probabilities",
        lambda crops, batch=64: np.stack([RESTING] * len(crops)),
    )
    return reader


def neutral_of(info: ModelInfo, *rows: NDArray[np.float32]) -> Neutral:
    return Neutral.of(info, np.stack(rows))


def own_curve(**changed: Any) -> NeutralCurve:
    """Return constants of which none does anything."""
    identity = (NeutralKnot(0, 1, 0, (0.0,) * 7), NeutralKnot(1, 1, 0, (0.0,) * 7))
    values = {
        "average": tuple(np.log(np.full(7, 1 / 7))),
        "shrink": 0.5,
        "variance": 0.25,
        "sensitivity": 0.5,
        "knots": identity,
    }
    return NeutralCurve(**values | changed)


def test_a_face_is_moved_as_computed_by_hand(info: ModelInfo) -> None:
    biases = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, -1.0)
    knots = (NeutralKnot(0, 2, 0.5, biases), NeutralKnot(1, 2, 0.5, biases))
    neutral = neutral_of(info, RESTING)
    adjustment = Adjustment(neutral, own_curve(knots=knots), 0.5)
    # One photo beside half a photo of the average, which is 1/7 for each class; its spread is not
    # known, so that the biases count once.
    difference = (np.log(RESTING) - np.log(1 / 7)) / 1.5
    weights = np.exp(2 * (np.log(HAPPY) - 0.5 * difference) + biases)
    expected = weights / weights.sum()
    np.testing.assert_allclose(adjustment.apply(HAPPY[None])[0], expected, rtol=1e-5)
    assert adjustment.reliability == 1


def test_mean_and_spread_are_those_of_the_logarithms(info: ModelInfo) -> None:
    other = np.array([0.2, 0.02, 0.1, 0.02, 0.2, 0.01, 0.45], np.float32)
    neutral = neutral_of(info, RESTING, other)
    logs = np.log([RESTING, other])
    np.testing.assert_allclose(neutral.log_probabilities, logs.mean(axis=0), rtol=1e-6)
    # Two classes differ, by ln 2 and ln 1.5; the variance of two values is half their squared
    # difference.
    expected = np.sqrt((np.log(2) ** 2 + np.log(1.5) ** 2) / 2 / 7)
    assert neutral.spread == pytest.approx(expected, rel=1e-5)
    assert (neutral.photos, neutral.network, neutral.sha256) == (2, "mien-s", info.sha256)
    assert neutral_of(info, RESTING).spread is None


@pytest.mark.parametrize(
    ("photos", "spread", "expected"),
    [
        # Variances of (0.25 + 0) / 4, (0.25 + 3 * 0.25) / 4 and (0.25 + 3 * 1) / 4, beside 0.25.
        (4, 0.0, 2 / 1.25),
        (4, 0.5, 1.0),
        (4, 1.0, 2 / (1 + 3.25)),
    ],
)
def test_biases_count_less_where_the_photos_differ(
    info: ModelInfo, photos: int, spread: float, expected: float
) -> None:
    neutral = neutral_of(info, RESTING, RESTING).model_copy(
        update={"photos": photos, "spread": spread}
    )
    assert Adjustment(neutral, own_curve(), 0.5).reliability == pytest.approx(expected)


_chances = st.lists(st.floats(1e-3, 1.0), min_size=7, max_size=7).map(
    lambda values: np.array(values, np.float32) / np.float32(sum(values))
)


@given(_chances, _chances, st.floats(0, 1))
def test_probabilities_sum_to_one(
    own: NDArray[np.float32], face: NDArray[np.float32], sensitivity: float
) -> None:
    info = read_info("mien-s")
    assert info.neutral is not None
    changed = Adjustment(neutral_of(info, own), info.neutral, sensitivity).apply(face[None])
    assert changed.dtype == np.float32
    assert changed.min() >= 0
    assert changed.sum() == pytest.approx(1, abs=1e-5)


@given(_chances, st.floats(0, 1))
def test_the_average_face_and_constants_of_one_change_nothing(
    face: NDArray[np.float32], sensitivity: float
) -> None:
    info = read_info("mien-s")
    flat = np.full(7, 1 / 7, np.float32)
    knot = NeutralKnot(0, 1, 1, (0.0,) * 7)
    curve = own_curve(knots=(knot, dataclasses.replace(knot, sensitivity=1)))
    changed = Adjustment(neutral_of(info, flat), curve, sensitivity).apply(face[None])
    np.testing.assert_allclose(changed[0], face, rtol=1e-4, atol=1e-6)


@given(_chances, st.integers(1, 20))
def test_more_photos_shrink_less(own: NDArray[np.float32], photos: int) -> None:
    info = read_info("mien-s")
    few = Adjustment(neutral_of(info, *[own] * photos), own_curve(), 0.5)
    more = Adjustment(neutral_of(info, *[own] * (photos + 1)), own_curve(), 0.5)
    assert np.all(np.abs(more.difference) >= np.abs(few.difference) - 1e-9)
    assert more.reliability >= few.reliability


def test_a_neutral_face_reads_back_from_its_file(tmp_path: Path, info: ModelInfo) -> None:
    neutral = neutral_of(info, RESTING, RESTING)
    neutral.save(tmp_path / "me.json")
    assert Neutral.load(tmp_path / "me.json") == neutral
    # An earlier one may be replaced.
    neutral_of(info, RESTING).save(str(tmp_path / "me.json"))
    assert mien.Neutral.load(tmp_path / "me.json").photos == 1
    content = json.loads((tmp_path / "me.json").read_text())
    assert content["classes"][6] == "neutral"
    assert content["kind"] == "mien neutral"


def test_another_file_is_never_replaced(tmp_path: Path, info: ModelInfo) -> None:
    for name, content in (("a.json", '{"mine": 1}'), ("b.json", "text"), ("c.json", "[]")):
        (tmp_path / name).write_text(content)
        with pytest.raises(OutputError, match="not a neutral face that mien wrote"):
            neutral_of(info, RESTING).save(tmp_path / name)
        assert (tmp_path / name).read_text() == content
    with pytest.raises(OutputError, match="is a folder"):
        neutral_of(info, RESTING).save(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        "no json",
        "[]",
        {"kind": "another"},
        {"photos": 0},
        {"log_probabilities": [0.0]},
        {"log_probabilities": [float("nan")] * 7},
        {"photos": 2},
        {"extra": 1},
    ],
)
def test_a_file_that_is_something_else_is_refused(
    tmp_path: Path, info: ModelInfo, change: Any
) -> None:
    path = tmp_path / "me.json"
    content = neutral_of(info, RESTING).model_dump()
    path.write_text(change if isinstance(change, str) else json.dumps(content | change))
    with pytest.raises(DataError, match=r"me\.json is not a neutral face that mien wrote"):
        Neutral.load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Cannot read the neutral face .*me\.json: No such file"):
        Neutral.load(tmp_path / "me.json")


def test_neutral_faces_of_another_network_are_refused(reader: Reader, info: ModelInfo) -> None:
    neutral = neutral_of(info, RESTING)
    for changed, words in (
        ({"network": "mien-b", "sha256": "0" * 64}, "learnt with mien-b"),
        ({"sha256": "0" * 64}, "learnt with another mien-s"),
        ({"classes": tuple("abcdefg")}, "learnt with another mien-s"),
    ):
        with pytest.raises(SettingsError, match=words):
            reader.adjustment(neutral.model_copy(update=changed))
    with pytest.raises(SettingsError, match="Expected a neutral face, got a str"):
        reader.adjustment("me.json")  # type: ignore[arg-type]


@pytest.mark.parametrize("face", [0, -1, True, 1.5])
def test_a_face_has_a_number_from_1(reader: Reader, info: ModelInfo, face: Any) -> None:
    with pytest.raises(SettingsError, match="Expected the number of a face"):
        reader.adjustment(neutral_of(info, RESTING), face)


def test_networks_without_constants_refuse_neutral_faces(
    net: Path, info: ModelInfo, astronaut: NDArray[np.uint8]
) -> None:
    tiny = Reader(net)
    for use in (
        lambda: tiny.read(astronaut, neutral=neutral_of(info, RESTING)),
        lambda: tiny.read_many([], neutral=neutral_of(info, RESTING)),
        lambda: tiny.learn_neutral([astronaut]),
    ):
        with pytest.raises(NetError, match="cannot use a person's neutral face"):
            use()
    own = dataclasses.replace(info, classes=Vocabulary.named(tuple("abcdefg")))
    with pytest.raises(NetError, match="cannot use a person's neutral face"):
        Adjustment.of(neutral_of(info, RESTING), own)


def test_sensitivity_is_in_range() -> None:
    with pytest.raises(SettingsError, match="Expected sensitivity from 0 to 1, got 1.5"):
        Reader("mien-s", sensitivity=1.5)
    assert pickle.loads(pickle.dumps(Reader("mien-s", sensitivity=0.7))).sensitivity == 0.7


def test_a_smiling_face_is_no_neutral_one(reader: Reader, astronaut: NDArray[np.uint8]) -> None:
    with pytest.raises(PictureError, match="in <array> is not neutral: it is read as happy 9.%"):
        reader.learn_neutral([astronaut])
    with pytest.raises(PictureError, match="in the given picture is not neutral"):
        reader.learn_neutral([reader.read(astronaut)[0]])


def test_a_resting_face_is_learnt(resting_reader: Reader, astronaut: NDArray[np.uint8]) -> None:
    neutral = resting_reader.learn_neutral([astronaut, astronaut[:, ::-1]])
    assert (neutral.photos, neutral.spread, neutral.doubts) == (2, 0.0, ())
    np.testing.assert_allclose(neutral.log_probabilities, np.log(RESTING), rtol=1e-5)


def test_the_same_photo_twice_counts_once(
    resting_reader: Reader, astronaut: NDArray[np.uint8]
) -> None:
    neutral = resting_reader.learn_neutral([astronaut, astronaut])
    assert neutral.photos == 1
    [doubt] = neutral.doubts
    assert doubt == "One photo repeats another one; repeated photos count once."


def test_photos_without_one_good_face_are_refused(
    resting_reader: Reader, astronaut: NDArray[np.uint8]
) -> None:
    two = np.hstack([astronaut, astronaut])
    for photo, words in ((two, "got 2"), (np.full((64, 64, 3), 99, np.uint8), "got none")):
        with pytest.raises(PictureError, match=f"Expected one face in <array>.* {words}"):
            resting_reader.learn_neutral([photo])
    face = resting_reader.read(astronaut)[0]
    for doubt, words in (("small", "it is small"), ("turned", "not certain which way is up")):
        with pytest.raises(PictureError, match=words):
            resting_reader.learn_neutral([dataclasses.replace(face, doubt=doubt)])
    with pytest.raises(PictureError, match="with a crop for mien-s"):
        resting_reader.learn_neutral([dataclasses.replace(face, crop=None)])
    with pytest.raises(SettingsError, match="No photos were named"):
        resting_reader.learn_neutral([])


def test_doubts_are_said(monkeypatch: pytest.MonkeyPatch, astronaut: NDArray[np.uint8]) -> None:
    reader = Reader("mien-s")
    sad = np.array([0.01, 0.01, 0.01, 0.01, 0.6, 0.01, 0.35], np.float32)
    rows = iter([RESTING, np.array([0.3, 0.3, 0.01, 0.1, 0.001, 0.1, 0.189], np.float32), sad])
    monkeypatch.setattr(
        reader._classifier, "probabilities",
        lambda crops, batch=64: np.stack([next(rows) for _ in crops]),
    )
    face = mien.detect(astronaut)[0]
    assert face.crop is not None
    other = dataclasses.replace(face, crop=face.crop[:, ::-1])
    neutral = reader.learn_neutral([face, other])
    assert [doubt.split(":")[0] for doubt in neutral.doubts] == [
        "The face in the given picture may not be neutral",
        "The photos differ a lot from each other (spread 1.98, usually 0.52)",
    ]
    [doubt] = reader.learn_neutral([face]).doubts
    assert "read as sad 60%, neutral 35%" in doubt


def test_one_face_is_read_against_it_and_others_are_not(
    reader: Reader, info: ModelInfo, astronaut: NDArray[np.uint8]
) -> None:
    neutral = neutral_of(info, RESTING)
    plain = reader.read(astronaut)
    assert plain[0].neutral is None
    assert "neutral" not in plain[0].to_dict()
    alone = reader.read(astronaut, neutral=neutral)
    expected = reader.adjustment(neutral).apply(plain[0].probabilities[None])[0]
    np.testing.assert_array_equal(alone[0].probabilities, expected)
    assert alone[0].to_dict()["neutral"] is True
    pair = np.full((512, 800, 3), 128, np.uint8)
    pair[:, :512], pair[100:356, 530:786] = astronaut, astronaut[::2, ::2]
    before = reader.read(pair)
    # Which of two it is, is not guessed.
    for number, whose in ((None, (False, False)), (2, (False, True)), (3, (False, False))):
        faces = reader.read(pair, neutral=neutral, neutral_face=number)
        assert tuple(face.neutral for face in faces) == whose
        changed = tuple(
            not np.array_equal(face.probabilities, other.probabilities)
            for face, other in zip(before, faces, strict=True)
        )
        assert changed == whose
        [many] = reader.read_many([pair], neutral=neutral, neutral_face=number)
        assert many == faces
    with pytest.raises(SettingsError, match="no neutral face to read it against"):
        reader.read(pair, neutral_face=2)


def test_sure_and_sets_follow_the_changed_probabilities(
    info: ModelInfo, astronaut: NDArray[np.uint8]
) -> None:
    neutral = neutral_of(info, HAPPY / HAPPY.sum())
    strict = Reader("mien-s", min_confidence=0.9, coverage=0.8)
    before = strict.read(astronaut)[0]
    after = strict.read(astronaut, neutral=neutral)[0]
    assert (before.expression.name, before.sure) == ("happy", True)
    # To somebody who always looks like this, it is no smile.
    assert after.confidence < 0.9
    assert not after.sure
    assert [str(one) for one in before.prediction_set or ()] == ["happy"]
    assert [str(one) for one in after.prediction_set or ()] == ["neutral"]


def test_without_a_neutral_face_nothing_changes(
    info: ModelInfo, astronaut: NDArray[np.uint8], reader: Reader
) -> None:
    assert reader.read(astronaut) == Reader("mien-s", sensitivity=1.0).read(astronaut)


def test_a_neutral_face_is_of_one_of_the_network_s_answers() -> None:
    own = np.full((1, 7), 1 / 7, np.float32)
    mixed, alone = read_info("mien-s"), read_info("mien-s").with_labels("fer2013")
    neutral = Neutral.of(alone, own)
    assert (mixed.labels, neutral.labels) == ("mixed", "fer2013")
    assert Adjustment.of(neutral, alone).neutral is neutral
    with pytest.raises(SettingsError, match="learnt with fer2013 labels, not with the mixed ones"):
        Adjustment.of(neutral, mixed)
