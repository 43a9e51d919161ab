import numpy as np
import pytest

from mien.data import Samples
from mien.data.folds import check_enough, cut, pictures
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
    check_enough(labels, np.arange(14), 5)
    # Copies count once.
    same = np.arange(14)
    same[13] = 12
    with pytest.raises(DataError, match="at least 5 different faces .* found 4 of disgust"):
        check_enough(labels, same, 5)
    with pytest.raises(DataError, match="found no face"):
        check_enough(labels[:0], same[:0], 5)
