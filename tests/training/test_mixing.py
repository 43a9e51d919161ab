import pytest
import torch

from mien.settings import load
from mien.training.mixing import LARGEST, Mixing


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
