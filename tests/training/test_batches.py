import numpy as np
import torch

from mien.data import Samples
from mien.training.augment import Augmentation, Mixing
from mien.training.batches import Batches
from mien.training.distributed import Processes

CPU = torch.device("cpu")
NOTHING = Augmentation(flip=False, zoom=0)


def test_validation_gives_every_face_once_in_order(samples: Samples) -> None:
    batches = list(Batches(samples, 32, CPU))
    assert [len(labels) for _, labels, *_ in batches] == [32, 32, 32, 32, 12]
    faces = torch.cat([faces for faces, *_ in batches])
    assert torch.equal(faces[:, 0], torch.from_numpy(samples.images.copy()).float() / 255)
    assert torch.cat([labels for _, labels, *_ in batches]).tolist() == samples.labels.tolist()


def test_training_shuffles_and_drops_a_rest(samples: Samples) -> None:
    batches = Batches(samples, 32, CPU, NOTHING, seed=1)
    assert len(batches) == 4
    labels = torch.cat([labels for _, labels, *_ in batches])
    assert len(labels) == 128
    assert labels.tolist() != samples.labels[:128].tolist()


def test_an_epoch_is_repeatable_and_differs_from_the_next(samples: Samples) -> None:
    epoch = 0
    batches = Batches(samples, 32, CPU, Augmentation(), seed=1, epoch=lambda: epoch)
    first = torch.cat([faces for faces, *_ in batches])
    assert torch.equal(first, torch.cat([faces for faces, *_ in batches]))
    epoch = 1
    assert not torch.equal(first, torch.cat([faces for faces, *_ in batches]))


def test_fewer_faces_than_a_batch_make_one_batch(samples: Samples) -> None:
    batches = list(Batches(samples[:5], 64, CPU, NOTHING))
    assert [len(labels) for _, labels, *_ in batches] == [5]


def test_votes_go_with_their_faces_as_shares(samples: Samples) -> None:
    votes = np.zeros((len(samples), 10), np.int64)
    votes[np.arange(len(samples)), samples.labels] = 6
    votes[:, 9] = 2
    batches = list(Batches(samples, 32, CPU, NOTHING, seed=1, votes=votes))
    assert len(batches) == 4
    for _, labels, shares, _ in batches:
        assert shares is not None
        assert torch.equal(shares.argmax(dim=1), labels)
        assert torch.all(shares.max(dim=1).values == 0.75)
        assert torch.all(shares.sum(dim=1) == 1)


def test_a_face_nobody_voted_on_has_no_shares(samples: Samples) -> None:
    votes = np.zeros((5, 10), np.int64)
    (batch,) = Batches(samples[:5], 8, CPU, votes=votes)
    assert batch.votes is not None
    assert torch.equal(batch.votes, torch.zeros(5, 10))


def test_mixed_faces_come_with_shares_of_classes_and_of_votes(samples: Samples) -> None:
    votes = np.zeros((len(samples), 10), np.int64)
    votes[np.arange(len(samples)), samples.labels] = 4
    plain = list(Batches(samples, 32, CPU, NOTHING, seed=1, votes=votes))
    mixed = list(Batches(samples, 32, CPU, NOTHING, seed=1, votes=votes, mixing=Mixing(mixup=1)))
    assert all(batch.targets is None for batch in plain)
    assert torch.equal(plain[0].labels, mixed[0].labels)
    for batch in mixed:
        assert batch.targets is not None and batch.votes is not None
        own = batch.targets[torch.arange(32), batch.labels]
        assert torch.all(own >= 0.5)
        assert torch.allclose(batch.targets.sum(dim=1), torch.ones(32))
        assert torch.allclose(batch.votes[:, :7], batch.targets)


def test_processes_mix_as_one_would(samples: Samples) -> None:
    mixing = Mixing(mixup=0.5, cutmix=0.5)
    one = next(iter(Batches(samples, 32, CPU, Augmentation(), seed=1, mixing=mixing)))
    for rank in range(2):
        part = Processes(rank=rank, count=2)
        batches = Batches(
            samples, 16, CPU, Augmentation(), seed=1, processes=part, mixing=mixing
        )
        own = next(iter(batches))
        assert own.targets is not None and one.targets is not None
        assert torch.equal(own.targets, one.targets[rank::2])
        assert torch.equal(own.faces, one.faces[rank::2])


def test_colour_comes_with_its_channels_first(awake: Samples) -> None:
    faces = torch.cat([batch.faces for batch in Batches(awake, 32, CPU)])
    assert faces.shape == (90, 3, 32, 32)
    expected = torch.from_numpy(awake.images.copy()).permute(0, 3, 1, 2).float() / 255
    assert torch.equal(faces, expected)
    mixed = next(iter(Batches(awake, 32, CPU, NOTHING, mixing=Mixing(mixup=1))))
    assert mixed.targets is not None
    assert mixed.targets.shape == (32, 3)
