from typing import Any

import pytest
import torch
from torch.nn import functional

from mien.settings import load
from mien.training.batches import Batch
from mien.training.distillation import Teacher
from mien.training.learner import WARM_UP, Learner, one_cycle

SHARES = torch.tensor([0.1, 0.02, 0.1, 0.28, 0.2, 0.1, 0.2])


def learner(**train: Any) -> Learner:
    settings = load(environment=False, train={"net": "plain", **train}).train
    return Learner(settings, 10, SHARES)


def batch(count: int = 4) -> Batch:
    generator = torch.Generator().manual_seed(1)
    votes = torch.rand(count, 10, generator=generator)
    return Batch(
        torch.rand(count, 1, 48, 48, generator=generator),
        torch.arange(count) % 7,
        votes / votes.sum(dim=1, keepdim=True),
    )


# part of the training done, share of the peak rate: the ends and the middles of both cosines
CYCLE = [
    (0.0, 0.04),
    (WARM_UP / 2, 0.52),
    (WARM_UP, 1.0),
    ((1 + WARM_UP) / 2, 0.5),
    (1.0, 0.0),
]


@pytest.mark.parametrize(("part", "share"), CYCLE)
def test_one_cycle(part: float, share: float) -> None:
    assert one_cycle(round(part * 8000), 8000) == pytest.approx(share, abs=1e-6)


def test_balance_adds_the_log_of_each_class_share_while_learning() -> None:
    one, given = learner(logit_adjustment=0.5), batch()
    logits = one.net(given.faces)
    wanted = functional.cross_entropy(logits + 0.5 * SHARES.log(), given.labels)
    assert one.training_step(given, 0).item() == pytest.approx(wanted.item(), rel=1e-6)
    # The network itself answers without it.
    assert torch.equal(one.answer(given.faces)[0], logits)


def test_a_mixed_face_counts_for_both_its_classes() -> None:
    one, given = learner(label_smoothing=0.1), batch()
    targets = torch.tensor([0.7, 0.3, 0, 0, 0, 0, 0]).repeat(4, 1)
    logits = one.net(given.faces)
    smooth = 0.9 * targets + 0.1 / 7
    by_hand = -(smooth * logits.log_softmax(dim=1)).sum(dim=1).mean()
    loss = one.training_step(given._replace(targets=targets), 0)
    assert loss.item() == pytest.approx(by_hand.item(), rel=1e-6)


def test_votes_are_a_second_loss_of_their_weight() -> None:
    one, given = learner(ferplus="votes.csv", ferplus_weight=0.3), batch()
    logits, votes = one.answer(given.faces)
    assert votes is not None
    assert votes.shape == (4, 10)
    by_hand = -(given.votes * votes.log_softmax(dim=1)).sum(dim=1).mean()
    wanted = functional.cross_entropy(logits, given.labels) + 0.3 * by_hand
    assert one.training_step(given, 0).item() == pytest.approx(wanted.item(), rel=1e-6)
    assert torch.allclose(logits, one.net(given.faces), atol=1e-6)


def test_a_teacher_s_answers_are_learnt_beside_the_labels() -> None:
    teacher = Teacher([learner().net.eval()], 2.0)
    one, given = learner(distill_weight=0.3, seed=1), batch()
    one._teacher = teacher
    logits = one.net(given.faces)
    taught = (learner().net(given.faces) / 2).softmax(dim=1)
    by_hand = -4 * (taught * (logits / 2).log_softmax(dim=1)).sum(dim=1).mean()
    wanted = 0.7 * functional.cross_entropy(logits, given.labels) + 0.3 * by_hand
    loss = one.training_step(given, 0)
    assert loss.item() == pytest.approx(wanted.item(), rel=1e-6)
    loss.backward()
    # The teacher learns nothing, and is in nobody's checkpoint.
    assert all(each.grad is None for member in teacher._members for each in member.parameters())
    assert len(one.state_dict()) == len(learner().state_dict())


def test_the_average_moves_by_its_decay_and_is_what_is_kept() -> None:
    one = learner(ema_decay=0.15)
    weights = [parameter.detach().clone() for parameter in one.net.parameters()]
    one.on_train_batch_end()
    with torch.no_grad():
        for parameter in one.net.parameters():
            parameter.add_(1)
    one.on_train_batch_end()
    for kept, before in zip(one.validated.parameters(), weights, strict=True):
        # The first step copies; at the second the decay has grown to 2/11, above the 0.15.
        assert torch.allclose(kept, before + 0.85, atol=1e-6)
        assert not kept.requires_grad


def test_the_average_forgets_where_it_began() -> None:
    one = learner(ema_decay=0.999)
    for value in range(20):
        with torch.no_grad():
            for parameter in one.net.parameters():
                parameter.fill_(value)
        one.on_train_batch_end()
    # With the full decay from the start it would still be below 0.2.
    assert all(torch.all(kept > 14) for kept in one.validated.parameters())


def test_without_an_average_the_network_itself_is_kept() -> None:
    one = learner()
    assert one.validated is one.net


def test_the_layer_for_votes_is_averaged_as_the_network_is() -> None:
    one = learner(ferplus="votes.csv", ema_decay=0.15)
    head = one.vote_head
    assert head is not None and one.validated_vote_head is not head
    before = head.weight.detach().clone()
    with torch.no_grad():
        head.weight += 1
    one.on_train_batch_end()  # the first sets the average to the layer
    with torch.no_grad():
        head.weight += 1
    one.on_train_batch_end()
    averaged = one.validated_vote_head
    assert isinstance(averaged, torch.nn.Linear)
    # A tenth, then the second step's lower of 2/11 and .15 of what it was.
    kept = min(0.15, 2 / 11)
    assert torch.allclose(averaged.weight, before + 2 - kept)
    assert learner(ferplus="votes.csv").validated_vote_head is not None
    assert learner(ema_decay=0.9).validated_vote_head is None


def test_a_checkpoint_without_an_average_of_the_votes_layer_is_resumed() -> None:
    one = learner(ferplus="votes.csv", ema_decay=0.15)
    state = one.state_dict()
    assert one.vote_head is not None
    for name in [name for name in state if name.startswith("_vote_average.")]:
        del state[name]
    again = learner(ferplus="votes.csv", ema_decay=0.15, seed=1)
    checkpoint = {"state_dict": state}
    again.on_load_checkpoint(checkpoint)
    again.load_state_dict(checkpoint["state_dict"])
    head = again.validated_vote_head
    assert isinstance(head, torch.nn.Linear)
    assert torch.equal(head.weight, one.vote_head.weight)
