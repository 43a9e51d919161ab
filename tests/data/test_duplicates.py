from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mien.data import duplicates as perceptual_module
from mien.data import read
from mien.data.duplicates import near_pairs, reduced


def clouds(count: int) -> NDArray[np.uint8]:
    """Soft pictures that have nothing in common."""
    fields = np.random.default_rng(0).normal(0, 1, (count, 48, 48)).astype(np.float32)
    soft = np.stack([cv2.GaussianBlur(field, (0, 0), 3) for field in fields])
    soft = (soft - soft.mean((1, 2), keepdims=True)) / soft.std((1, 2), keepdims=True)
    return np.clip(128 + 45 * soft, 0, 255).astype(np.uint8)


def test_the_same_picture_is_found_changed_as_sites_change_it() -> None:
    faces = clouds(60)
    faces[50] = faces[3]
    faces[51] = 255 - (255 - faces[4]) // 2
    faces[52] = faces[5, :, ::-1]
    faces[53] = cv2.GaussianBlur(faces[6], (0, 0), 1.5)
    faces[54] = cv2.resize(faces[7, 1:47, 1:47], (48, 48))
    pairs = near_pairs(faces)
    expected = [(3, 50), (4, 51), (5, 52), (6, 53), (7, 54)]
    assert list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == expected
    assert pairs.mirrored.tolist() == [False, False, True, False, False]
    assert pairs.correlation[0] == pytest.approx(1)
    assert (pairs.correlation >= 0.95).all()


def test_blocks_find_what_one_product_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    faces = clouds(40)
    faces[30:40] = faces[9::-1]
    whole = near_pairs(faces, 0.3)
    monkeypatch.setattr(perceptual_module, "_BLOCK", 7)
    parts = near_pairs(faces, 0.3)
    assert len(whole) > 10
    for field in ("first", "second", "mirrored"):
        np.testing.assert_array_equal(getattr(whole, field), getattr(parts, field))
    vectors = reduced(faces)
    both = np.maximum(
        vectors @ vectors.T, vectors @ reduced(np.ascontiguousarray(faces[:, :, ::-1])).T
    )
    np.testing.assert_allclose(whole.correlation, both[whole.first, whole.second], atol=1e-5)
    assert len(whole) == (np.triu(both, 1) >= 0.3).sum()


def test_flat_faces_match_nothing() -> None:
    flat = np.full((3, 48, 48), 200, np.uint8)
    assert len(near_pairs(flat)) == 0
    assert not reduced(flat).any()
    assert len(near_pairs(flat[:0])) == 0


@pytest.mark.data
def test_real_faces_of_two_people_do_not_match(data_folder: Path) -> None:
    samples = read(data_folder / "fer2013.zip")
    rows = np.random.default_rng(0).choice(len(samples), 3000, replace=False)
    faces = np.concatenate([samples.images[np.sort(rows)], samples.images[rows[:20]]])
    pairs = near_pairs(faces)
    # Of 4.5 million pairs, the 20 that were put in and a few that are one photo.
    assert (pairs.correlation > 0.9999).sum() >= 20
    assert 20 <= len(pairs) < 100
