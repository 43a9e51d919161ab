import math

import pytest
import torch

from mien.settings import load
from mien.training.augment import ERASED, Augmentation

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


def test_contrast_scales_the_distance_from_the_mean() -> None:
    before = faces(500) * 0.2 + 0.4
    after = Augmentation(contrast=0.3).relit(before, generator())
    gains = after.std(dim=(1, 2, 3)) / before.std(dim=(1, 2, 3))
    assert 0.7 <= float(gains.min()) < 0.73
    assert 1.27 < float(gains.max()) <= 1.3001
    assert torch.allclose(after.mean(dim=(1, 2, 3)), before.mean(dim=(1, 2, 3)), atol=1e-5)


def test_brightness_adds_the_same_to_every_pixel_and_stops_at_white() -> None:
    before = torch.full((500, 1, 48, 48), 0.95)
    after = Augmentation(brightness=0.1).relit(before, generator())
    assert torch.equal(after.amax(dim=(1, 2, 3)), after.amin(dim=(1, 2, 3)))
    assert float(after.max()) == 1
    assert 0.85 <= float(after.min()) < 0.86


def test_erasing_paints_one_gray_over_a_rectangle_of_its_share_of_faces() -> None:
    before = torch.full((4000, 1, 48, 48), 2.0)
    after = Augmentation(erase=0.5).erased(before, generator())
    painted = after != 2
    touched = painted.any(dim=(1, 2, 3))
    assert 0.47 < float(touched.float().mean()) < 0.52
    areas = painted[touched].float().mean(dim=(1, 2, 3))
    assert float(areas.max()) <= ERASED[1] + 0.03
    assert float(areas.mean()) == pytest.approx(0.12, abs=0.02)
    for face, mask in zip(after[touched][:20, 0], painted[touched][:20, 0], strict=True):
        rows, columns = mask.any(dim=1), mask.any(dim=0)
        assert torch.equal(mask, rows[:, None] & columns[None])
        assert len(face[mask].unique()) == 1


def test_what_is_off_draws_nothing() -> None:
    source = generator(3)
    Augmentation(rotation=10)(faces(), source)
    drawn = source.get_state()
    source = generator(3)
    Augmentation(rotation=10).transforms(4, source)
    assert torch.equal(drawn, source.get_state())


def test_every_change_of_light_and_coverage_can_be_set() -> None:
    wanted = {"contrast": 0.1, "brightness": 0.2, "erase": 0.3, "zoom": 0.05, "flip": False}
    made = Augmentation.of(load(environment=False, train=wanted).train)
    assert made == Augmentation(flip=False, zoom=0.05, contrast=0.1, brightness=0.2, erase=0.3)
