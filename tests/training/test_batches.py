import numpy as np
import torch

from mien.fer2013 import Samples
from mien.training.augment import Augmentation
from mien.training.batches import Batches

CPU = torch.device("cpu")
NOTHING = Augmentation(flip=False, zoom=0)


def test_validation_gives_every_face_once_in_order(samples: Samples) -> None:
    batches = list(Batches(samples, 32, CPU))
    assert [len(labels) for _, labels, _ in batches] == [32, 32, 32, 32, 12]
    faces = torch.cat([faces for faces, *_ in batches])
    assert torch.equal(faces[:, 0], torch.from_numpy(samples.images.copy()).float() / 255)
    assert torch.cat([labels for _, labels, _ in batches]).tolist() == samples.labels.tolist()


def test_training_shuffles_and_drops_a_rest(samples: Samples) -> None:
    batches = Batches(samples, 32, CPU, NOTHING, seed=1)
    assert len(batches) == 4
    labels = torch.cat([labels for _, labels, _ in batches])
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
    assert [len(labels) for _, labels, _ in batches] == [5]


def test_votes_go_with_their_faces_as_shares(samples: Samples) -> None:
    votes = np.zeros((len(samples), 10), np.int64)
    votes[np.arange(len(samples)), samples.labels] = 6
    votes[:, 9] = 2
    batches = list(Batches(samples, 32, CPU, NOTHING, seed=1, votes=votes))
    assert len(batches) == 4
    for _, labels, shares in batches:
        assert shares is not None
        assert torch.equal(shares.argmax(dim=1), labels)
        assert torch.all(shares.max(dim=1).values == 0.75)
        assert torch.all(shares.sum(dim=1) == 1)


def test_a_face_nobody_voted_on_has_no_shares(samples: Samples) -> None:
    votes = np.zeros((5, 10), np.int64)
    (batch,) = Batches(samples[:5], 8, CPU, votes=votes)
    assert batch.votes is not None
    assert torch.equal(batch.votes, torch.zeros(5, 10))
