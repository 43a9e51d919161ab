import dataclasses

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mien.classes import FER2013, Vocabulary
from mien.data import Samples
from mien.data.folds import _draw, check_enough, cut, draw_validation, marked, pictures
from mien.errors import DataError


def test_copies_near_and_mirrored_twins_are_one_picture(samples: Samples) -> None:
    images = samples.images[:6].copy()
    images[1] = images[0]
    images[2] = np.rint(128 + (images[0].astype(float) - 128) * 0.6).astype(np.uint8)
    # Stripes from side to side make each face its own mirror image; this one gets sides.
    images[3] = np.clip(images[3] + np.linspace(-60, 60, 48), 0, 255).astype(np.uint8)
    images[4] = images[3][:, ::-1]
    made = Samples(
        images, samples.labels[:6], samples.splits[:6], samples.names[:6], samples.sha256
    )
    numbers = pictures(made).tolist()
    assert numbers[0] == numbers[1] == numbers[2]
    assert numbers[3] == numbers[4]
    assert len(set(numbers)) == 3


def test_folds_keep_pictures_whole_and_classes_even() -> None:
    random = np.random.default_rng(0)
    labels = random.choice(7, 900, p=[0.14, 0.02, 0.14, 0.25, 0.17, 0.11, 0.17]).astype(np.int8)
    same = np.arange(900)
    # Every tenth face is a copy of the next, and one picture has four faces; some disagree.
    same[::10] += 1
    same[[500, 502, 503, 504]] = 500
    dealt = cut(labels, same, 5, seed=0)
    for number in np.unique(same):
        assert len(set(dealt[same == number].tolist())) == 1
    table = np.zeros((5, 7), int)
    np.add.at(table, (dealt, labels), 1)
    for label in range(7):
        # Copies with other labels are dealt by the first one's, hence not exactly even.
        assert table[:, label].max() - table[:, label].min() <= 8
    singles = cut(labels, np.arange(900), 5, seed=0)
    table = np.zeros((5, 7), int)
    np.add.at(table, (singles, labels), 1)
    assert (table.max(axis=0) - table.min(axis=0)).max() <= 1


def test_seeds_repeat_and_differ() -> None:
    labels, same = (np.arange(70) % 7).astype(np.int8), np.arange(70)
    assert (cut(labels, same, 5, 0) == cut(labels, same, 5, 0)).all()
    assert (cut(labels, same, 5, 0) != cut(labels, same, 5, 1)).any()


def test_a_rare_class_is_in_the_first_folds() -> None:
    labels = np.array([0] * 10 + [1], np.int8)
    dealt = cut(labels, np.arange(11), 5, 0)
    assert dealt[10] == 0
    assert np.bincount(dealt[:10]).tolist() == [2, 2, 2, 2, 2]


def test_too_few_faces_of_a_class() -> None:
    labels = np.array([0] * 9 + [1] * 5, np.int8)
    check_enough(labels, np.arange(14), 5, FER2013)
    # Copies count once.
    same = np.arange(14)
    same[13] = 12
    with pytest.raises(DataError, match="at least 5 different faces .* found 4 of disgust"):
        check_enough(labels, same, 5, FER2013)
    with pytest.raises(DataError, match="found no face"):
        check_enough(labels[:0], same[:0], 5, FER2013)


def noisy(pictures: list[tuple[int, int]], shape: tuple[int, ...]) -> Samples:
    """Faces of random pictures: ``(label, copies)`` each, the copies identical or mirrored."""
    random = np.random.default_rng(len(pictures))
    images, labels = [], []
    for label, copies in pictures:
        coarse = random.integers(0, 256, (6, 6, *shape[2:]), np.uint8)
        image = cv2.resize(coarse, shape[1::-1], interpolation=cv2.INTER_NEAREST)
        images += [image if copy % 2 == 0 else image[:, ::-1] for copy in range(copies)]
        labels += [label] * copies
    # Not side by side, as in a data set.
    order = random.permutation(len(images))
    return Samples(
        images=np.array(images, np.uint8)[order],
        labels=np.array(labels, np.int8)[order],
        splits=np.array(["train"] * len(images)),
        names=np.array([f"row {row}" for row in range(len(images))]),
        sha256="ab" * 32,
        vocabulary=Vocabulary.named(["awake", "tired", "yawning"]),
    )


def with_validation(samples: Samples, share: float, seed: int) -> Samples:
    return marked(samples, draw_validation(samples, share, seed))


@settings(max_examples=40, deadline=None)
@given(
    pictures_=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), min_size=6, max_size=40),
    share=st.sampled_from([0.1, 0.15, 0.3, 0.5]),
    seed=st.integers(0, 9),
    shape=st.sampled_from([(48, 48), (32, 32, 3)]),
)
def test_a_validation_share_is_stratified_and_keeps_duplicates_together(
    pictures_: list[tuple[int, int]], share: float, seed: int, shape: tuple[int, ...]
) -> None:
    samples = noisy(pictures_, shape)
    divided = with_validation(samples, share, seed)
    validation = divided.splits == "validation"
    assert set(divided.splits.tolist()) <= {"train", "validation"}
    same = pictures(samples)
    for number in np.unique(same):
        assert len(set(validation[same == number].tolist())) == 1
    for label in np.unique(samples.labels):
        ours = samples.labels == label
        sizes = np.unique(same[ours], return_counts=True)[1]
        drawn = int(validation[ours].sum())
        assert abs(drawn - share * ours.sum()) <= sizes.max()
        # At least one picture on each side, where there are two.
        assert (0 < drawn < ours.sum()) or len(sizes) == 1
    again = with_validation(samples, share, seed)
    assert (again.splits == divided.splits).all()
    assert divided.sha256 == samples.sha256


def test_another_seed_draws_other_faces(clouded: Samples) -> None:
    one, other = (with_validation(clouded, 0.2, seed).splits for seed in (0, 1))
    assert (one != other).any()
    # 3 of 15 Training faces of each class.
    assert np.bincount(clouded.labels[one == "validation"]).tolist() == [3] * 7


def test_only_training_faces_are_drawn(clouded: Samples) -> None:
    divided = with_validation(clouded, 0.4, 0)
    assert (divided.splits[105:] == "public").all()
    assert (divided.images == clouded.images).all()
    assert len(divided.split("validation")) == 6 * 7 + 35


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, float("nan")])
def test_shares_that_are_none(clouded: Samples, share: float) -> None:
    with pytest.raises(DataError, match="share above 0 and below 1") as caught:
        with_validation(clouded, share, 0)
    assert caught.value.setting == "validation"


def test_nothing_to_validate_on(clouded: Samples) -> None:
    alone = dataclasses.replace(clouded[:7], splits=np.array(["train"] * 7))
    with pytest.raises(DataError, match="two different Training faces of a class"):
        with_validation(alone, 0.5, 0)
    copies = dataclasses.replace(alone[[3] * 5], labels=np.array([3] * 5, np.int8))
    said = r"none among 5: all faces of happy are copies of one picture\. Use more data"
    with pytest.raises(DataError, match=said):
        with_validation(copies, 0.5, 0)
    with pytest.raises(DataError, match=r"none among 0\."):
        with_validation(clouded[105:], 0.5, 0)


def rgb(images: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    return np.stack([cv2.resize(np.repeat(face[..., None], 3, 2), (size, size)) for face in images])


def test_pictures_are_the_same_at_other_sizes_and_in_colour(clouded: Samples) -> None:
    images = clouded.images[:40].copy()
    images[1], images[3] = images[0], images[2][:, ::-1]
    gray = dataclasses.replace(clouded[:40], images=images)
    large = dataclasses.replace(gray, images=rgb(images, 112))
    assert (pictures(gray) == pictures(large)).all()
    assert len(set(pictures(gray).tolist())) == 38


def test_a_class_of_near_duplicates_is_divided_all_the_same() -> None:
    # Frames of a clip: one drawing with a little noise, 20 times a class, one of them copied.
    random = np.random.default_rng(0)
    drawings = [cv2.GaussianBlur(random.normal(128, 400, (48, 48)), (0, 0), 4) for _ in range(2)]
    frames = [drawings[row // 20] + random.normal(0, 3, (48, 48)) for row in range(40)]
    frames[1] = frames[0]
    samples = Samples(
        images=np.clip(frames, 0, 255).astype(np.uint8),
        labels=np.repeat(np.arange(2, dtype=np.int8), 20),
        splits=np.full(40, "train"),
        names=np.array([f"row {row}" for row in range(40)]),
        sha256="0" * 64,
        vocabulary=Vocabulary.named(["awake", "tired"]),
    )
    assert len(np.unique(pictures(samples))) == 2
    draw = draw_validation(samples, 0.15, 0)
    assert draw.near_duplicates_apart
    assert np.bincount(samples.labels[draw.rows]).tolist() == [3, 3]
    assert ({0, 1} <= set(draw.rows.tolist())) == bool({0, 1} & set(draw.rows.tolist()))
    varied = noisy([(0, 1)] * 9 + [(1, 1)] * 9, (48, 48))
    assert not draw_validation(varied, 0.2, 0).near_duplicates_apart


@pytest.mark.parametrize("seed", range(20))
def test_large_groups_of_duplicates_do_not_take_the_place_of_many_pictures(seed: int) -> None:
    # 50 faces a class, 20 and 14 of them copies of one picture: 15% are 7.5 faces of each class,
    # and the groups in any order leave 7 or 8.
    pictures_ = [(label, copies) for label in (0, 1) for copies in (20, 14, *[1] * 16)]
    samples = noisy(pictures_, (48, 48))
    drawn = samples.labels[draw_validation(samples, 0.15, seed).rows]
    assert np.bincount(drawn).tolist() == [7, 7]


@settings(max_examples=200, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 30), min_size=2, max_size=30),
    share=st.floats(0.02, 0.6),
    seed=st.integers(0, 9),
)
def test_no_picture_left_would_have_come_nearer_to_the_share(
    sizes: list[int], share: float, seed: int
) -> None:
    same = np.repeat(np.arange(len(sizes)), sizes)
    labels = np.zeros(len(same), np.int8)
    chosen = _draw(labels, same, share, np.random.default_rng(seed))
    total, target = int(chosen.sum()), share * len(same)
    left = [size for number, size in enumerate(sizes) if not chosen[same == number].any()]
    assert 0 < total < len(same)
    # With one alone no fewer can be drawn, and one picture always stays to learn from.
    if len(sizes) - len(left) > 1 and len(left) > 1:
        assert all(abs(total + size - target) >= abs(total - target) for size in left)
    if len(sizes) - len(left) == 1 and total > target:
        assert total == min(sizes, key=lambda size: abs(size - target))
