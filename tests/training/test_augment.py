import math

import pytest
import torch

from mien.settings import load
from mien.training.augment import ERASED, LARGEST, Augmentation, Mixing


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def faces(count: int = 1000) -> torch.Tensor:
    """Make faces of one gray each, all different."""
    return (torch.arange(count) / count).view(-1, 1, 1, 1).repeat(1, 1, 48, 48)


def test_mixup_blends_its_share_of_faces_with_the_next() -> None:
    before = faces()
    after = Mixing(mixup=0.4)(before, generator())
    own = after.shares.view(-1, 1, 1, 1)
    expected = own * before + (1 - own) * before.roll(-1, dims=0)
    assert torch.allclose(after.faces, expected, atol=1e-6)
    touched = after.shares < 1
    assert 0.36 < float(touched.float().mean()) < 0.44
    assert float(after.shares.min()) == pytest.approx(1 - LARGEST, abs=0.01)
    assert float(after.shares[touched].mean()) == pytest.approx(1 - LARGEST / 2, abs=0.03)


def test_cutmix_pastes_a_rectangle_of_the_next_face_and_shares_by_what_is_seen_of_it() -> None:
    before = faces()
    after = Mixing(cutmix=0.6)(before, generator())
    pasted = after.faces != before
    for mask, face, other in zip(pasted, after.faces, before.roll(-1, dims=0), strict=True):
        assert torch.equal(face[mask], other[mask])
        rows, columns = mask[0].any(dim=1), mask[0].any(dim=0)
        assert torch.equal(mask[0], rows[:, None] & columns[None])
    assert torch.allclose(after.shares, 1 - pasted.float().mean(dim=(1, 2, 3)), atol=1e-6)
    assert 0.55 < float(pasted.any(dim=(1, 2, 3)).float().mean()) < 0.65
    # A cell of the raster more than the area asked for, at most.
    assert float(after.shares.min()) >= 1 - LARGEST - 0.03


def test_a_face_is_blended_or_pasted_not_both() -> None:
    after = Mixing(mixup=0.5, cutmix=1.0)(faces(), generator())
    levels = torch.tensor([len(face.unique()) for face in after.faces])
    # One gray after blending, two after pasting (or one, where the rectangle fell on no pixel).
    assert 0.45 < float((levels == 1).float().mean()) < 0.55
    assert float(after.shares[levels == 2].max()) < 1


def test_labels_and_votes_are_blended_as_the_faces_were() -> None:
    after = Mixing(mixup=1.0)(faces(4), generator())
    assert after.partners.tolist() == [1, 2, 3, 0]
    blended = after.blend(torch.eye(4))
    assert torch.allclose(blended.diagonal(), after.shares)
    assert torch.allclose(blended[3, 0], 1 - after.shares[3])
    assert torch.allclose(blended.sum(dim=1), torch.ones(4))


def test_nothing_is_mixed_where_nothing_asks_for_it() -> None:
    assert Mixing.of(load(environment=False).train) is None
    wanted = load(environment=False, train={"mixup": 0.2, "cutmix": 0.3}).train
    assert Mixing.of(wanted) == Mixing(mixup=0.2, cutmix=0.3)


NOTHING = Augmentation(flip=False, zoom=0)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(count: int = 4) -> torch.Tensor:
    return torch.rand(count, 1, 48, 48, generator=seeded())


def test_nothing_changes_nothing() -> None:
    assert torch.allclose(NOTHING(batch(), seeded()), batch(), atol=1e-5)


def test_flip_mirrors_half_of_the_faces_and_leaves_the_rest() -> None:
    before = batch(1000)
    after = Augmentation(flip=True, zoom=0)(before, seeded())
    mirrored = (after - before.flip(3)).abs().amax(dim=(1, 2, 3)) < 1e-4
    kept = (after - before).abs().amax(dim=(1, 2, 3)) < 1e-4
    assert torch.all(mirrored ^ kept)
    assert 450 < int(mirrored.sum()) < 550


@pytest.mark.parametrize("zoom", [0.1, 0.3])
def test_zoom_scales_within_its_range(zoom: float) -> None:
    transforms = Augmentation(flip=False, zoom=zoom).transforms(1000, seeded())
    magnified = 1 / transforms[:, 0, 0]
    assert torch.equal(transforms[:, 0, 0], transforms[:, 1, 1])
    assert 1 - zoom <= float(magnified.min()) < 1 - 0.9 * zoom
    assert 1 + 0.9 * zoom < float(magnified.max()) <= 1 + zoom + 1e-6


def test_rotation_turns_within_its_range() -> None:
    transforms = Augmentation(flip=False, zoom=0, rotation=20).transforms(1000, seeded())
    degrees = torch.atan2(transforms[:, 1, 0], transforms[:, 0, 0]) * 180 / math.pi
    assert 18 < float(degrees.max()) <= 20.001
    assert -20.001 <= float(degrees.min()) < -18
    lengths = transforms[:, 0, 0] ** 2 + transforms[:, 1, 0] ** 2
    assert torch.allclose(lengths, torch.ones(1000))


def test_shift_moves_by_a_share_of_the_side() -> None:
    transforms = Augmentation(flip=False, zoom=0, shift=0.25).transforms(1000, seeded())
    assert 0.48 < float(transforms[:, :, 2].abs().max()) <= 0.5


def test_a_seed_gives_the_same_faces_again() -> None:
    augmentation = Augmentation(rotation=10, shift=0.1)
    first, again = augmentation(batch(), seeded(3)), augmentation(batch(), seeded(3))
    assert torch.equal(first, again)
    assert not torch.equal(first, augmentation(batch(), seeded(4)))


def test_contrast_scales_the_distance_from_the_mean() -> None:
    before = batch(500) * 0.2 + 0.4
    after = Augmentation(contrast=0.3).relit(before, seeded())
    gains = after.std(dim=(1, 2, 3)) / before.std(dim=(1, 2, 3))
    assert 0.7 <= float(gains.min()) < 0.73
    assert 1.27 < float(gains.max()) <= 1.3001
    assert torch.allclose(after.mean(dim=(1, 2, 3)), before.mean(dim=(1, 2, 3)), atol=1e-5)


def test_brightness_adds_the_same_to_every_pixel_and_stops_at_white() -> None:
    before = torch.full((500, 1, 48, 48), 0.95)
    after = Augmentation(brightness=0.1).relit(before, seeded())
    assert torch.equal(after.amax(dim=(1, 2, 3)), after.amin(dim=(1, 2, 3)))
    assert float(after.max()) == 1
    assert 0.85 <= float(after.min()) < 0.86


def test_erasing_paints_one_gray_over_a_rectangle_of_its_share_of_faces() -> None:
    before = torch.full((4000, 1, 48, 48), 2.0)
    after = Augmentation(erase=0.5).erased(before, seeded())
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
    source = seeded(3)
    Augmentation(rotation=10)(batch(), source)
    drawn = source.get_state()
    source = seeded(3)
    Augmentation(rotation=10).transforms(4, source)
    assert torch.equal(drawn, source.get_state())


def test_every_change_of_light_and_coverage_can_be_set() -> None:
    wanted = {"contrast": 0.1, "brightness": 0.2, "erase": 0.3, "zoom": 0.05, "flip": False}
    made = Augmentation.of(load(environment=False, train=wanted).train)
    assert made == Augmentation(flip=False, zoom=0.05, contrast=0.1, brightness=0.2, erase=0.3)


def test_colours_stay_together() -> None:
    gray = batch()
    every = Augmentation(rotation=10, shift=0.1, contrast=0.3, brightness=0.1, erase=0.5)
    once = every(gray, seeded(5))
    colour = every(gray.repeat(1, 3, 1, 1), seeded(5))
    assert torch.allclose(colour, once.repeat(1, 3, 1, 1), atol=1e-6)
    mixed = Mixing(mixup=0.5, cutmix=0.5)(gray.repeat(1, 3, 1, 1), seeded(5))
    assert torch.allclose(mixed.faces[:, :1], Mixing(0.5, 0.5)(gray, seeded(5)).faces)


def test_contrast_keeps_the_mean_over_all_channels() -> None:
    before = torch.rand(50, 3, 32, 32, generator=seeded()) * 0.2 + 0.4
    before[:, 0] += 0.1
    after = Augmentation(contrast=0.3).relit(before, seeded())
    assert torch.allclose(after.mean(dim=(1, 2, 3)), before.mean(dim=(1, 2, 3)), atol=1e-5)
    # Channels move away from, or towards, the face's mean together.
    apart = after[:, 0].mean(dim=(1, 2)) - after[:, 1].mean(dim=(1, 2))
    assert 0.07 <= float(apart.min()) < 0.08
    assert 0.12 < float(apart.max()) <= 0.14
