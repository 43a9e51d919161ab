import math

import pytest
import torch

from mien.training.augment import Augmentation

NOTHING = Augmentation(flip=False, zoom=0)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def faces(count: int = 4) -> torch.Tensor:
    return torch.rand(count, 1, 48, 48, generator=generator())


def test_nothing_changes_nothing() -> None:
    assert torch.allclose(NOTHING(faces(), generator()), faces(), atol=1e-5)


def test_flip_mirrors_half_of_the_faces_and_leaves_the_rest() -> None:
    before = faces(1000)
    after = Augmentation(flip=True, zoom=0)(before, generator())
    mirrored = (after - before.flip(3)).abs().amax(dim=(1, 2, 3)) < 1e-4
    kept = (after - before).abs().amax(dim=(1, 2, 3)) < 1e-4
    assert torch.all(mirrored ^ kept)
    assert 450 < int(mirrored.sum()) < 550


@pytest.mark.parametrize("zoom", [0.1, 0.3])
def test_zoom_scales_within_its_range(zoom: float) -> None:
    transforms = Augmentation(flip=False, zoom=zoom).transforms(1000, generator())
    magnified = 1 / transforms[:, 0, 0]
    assert torch.equal(transforms[:, 0, 0], transforms[:, 1, 1])
    assert 1 - zoom <= float(magnified.min()) < 1 - 0.9 * zoom
    assert 1 + 0.9 * zoom < float(magnified.max()) <= 1 + zoom + 1e-6


def test_rotation_turns_within_its_range() -> None:
    transforms = Augmentation(flip=False, zoom=0, rotation=20).transforms(1000, generator())
    degrees = torch.atan2(transforms[:, 1, 0], transforms[:, 0, 0]) * 180 / math.pi
    assert 18 < float(degrees.max()) <= 20.001
    assert -20.001 <= float(degrees.min()) < -18
    lengths = transforms[:, 0, 0] ** 2 + transforms[:, 1, 0] ** 2
    assert torch.allclose(lengths, torch.ones(1000))


def test_shift_moves_by_a_share_of_the_side() -> None:
    transforms = Augmentation(flip=False, zoom=0, shift=0.25).transforms(1000, generator())
    assert 0.48 < float(transforms[:, :, 2].abs().max()) <= 0.5


def test_a_seed_gives_the_same_faces_again() -> None:
    augmentation = Augmentation(rotation=10, shift=0.1)
    first, again = augmentation(faces(), generator(3)), augmentation(faces(), generator(3))
    assert torch.equal(first, again)
    assert not torch.equal(first, augmentation(faces(), generator(4)))
