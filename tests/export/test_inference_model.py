import pytest
import torch
from torch import nn

from mien import nets
from mien.errors import TrainingError
from mien.export.inference_model import MEMBERS, Deployed, Ensemble

NAMES = [entry.name for entry in nets.entries()]


def trained(name: str) -> nn.Sequential:
    """Make a network whose normalisations are not the identity."""
    torch.manual_seed(3)
    net = nets.build(name)
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                module.weight.uniform_(0.5, 2)
                module.bias.uniform_(-0.5, 0.5)
        for _ in range(3):
            net(torch.rand(16, 1, 48, 48))
    return net.eval()


def faces(count: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.randint(0, 256, (count, 1, 48, 48), dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize("name", NAMES)
def test_logits_are_the_networks_own(name: str) -> None:
    net = trained(name)
    with torch.inference_mode():
        logits, _ = Deployed(net)(faces())
        assert torch.allclose(logits, net(faces().float() / 255), atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_the_map_is_activation_times_gradient(name: str) -> None:
    net = trained(name)
    flat = next(i for i, layer in enumerate(net) if isinstance(layer, nn.Flatten))
    features = net[:flat](faces().float() / 255).detach().requires_grad_()
    logits = net[flat:](features)
    logits.max(dim=1).values.sum().backward()
    assert features.grad is not None
    causes = (features * features.grad).sum(dim=1)
    with torch.inference_mode():
        _, places = Deployed(net)(faces())
    height, width = causes.shape[1:]
    assert places.shape == (3, 2 * height, 2 * width)
    pooled = places.view(3, height, 2, width, 2).sum(dim=(2, 4))
    assert torch.allclose(pooled, causes, atol=1e-4)


def test_layers_after_the_last_pooling_leave_the_map_at_their_resolution() -> None:
    torch.manual_seed(3)
    net = nets.build("lobonet", {"layers": 5}).eval()
    flat = next(i for i, layer in enumerate(net) if isinstance(layer, nn.Flatten))
    features = net[:flat](faces().float() / 255).detach().requires_grad_()
    wanted = net[flat:](features)
    wanted.max(dim=1).values.sum().backward()
    assert features.grad is not None
    with torch.inference_mode():
        logits, places = Deployed(net)(faces())
    assert torch.allclose(logits, wanted, atol=1e-5)
    assert places.shape == (3, 3, 3)
    assert torch.allclose(places, (features * features.grad).sum(dim=1), atol=1e-5)


def test_the_map_puts_a_cause_where_the_pooling_took_it_from() -> None:
    # Only the right lower quarter of each pooled square is bright, so all causes lie there.
    first, last = nn.Linear(576, 4), nn.Linear(4, 7)
    net = nn.Sequential(nn.MaxPool2d(2), nn.Flatten(), first, nn.ReLU(), last).eval()
    picture = torch.zeros(1, 1, 48, 48, dtype=torch.uint8)
    picture[:, :, 1::2, 1::2] = 200
    with torch.no_grad():
        first.weight.fill_(0.01), first.bias.zero_(), last.weight.zero_(), last.bias.zero_()
        last.weight[2] = 1
        logits, places = Deployed(net)(picture)
    assert logits.argmax() == 2
    assert torch.count_nonzero(places) == 24 * 24
    assert torch.allclose(places[0, 1::2, 1::2], torch.full((24, 24), 4 * 0.01 * 200 / 255))
    assert float(places.sum()) == pytest.approx(float(logits.max()), rel=1e-5)


def test_a_network_of_another_form_is_refused() -> None:
    net = nn.Sequential(nn.Conv2d(1, 7, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with pytest.raises(TrainingError, match="pools and ends in two dense layers"):
        Deployed(net)


def test_an_ensemble_averages_probabilities_and_maps_what_it_says() -> None:
    one, other = Deployed(trained("lobonet")), Deployed(trained("mien-s"))
    with torch.inference_mode():
        logits, places = Ensemble([one, other])(faces(8))
        wanted = (one(faces(8))[0].softmax(dim=1) + other(faces(8))[0].softmax(dim=1)) / 2
        assert torch.allclose(logits.softmax(dim=1), wanted, atol=1e-6)
        labels = wanted.argmax(dim=1)
        maps = [member.causes(member.look(faces(8)), labels) for member in (one, other)]
    assert torch.allclose(places, (maps[0] + maps[1]) / 2, atol=1e-5)


def test_maps_of_an_ensemble_meet_at_the_coarsest_resolution() -> None:
    fine, coarse = Deployed(trained("plain")), Deployed(trained("lobonet"))
    with torch.inference_mode():
        assert fine(faces())[1].shape == (3, 24, 24)
        assert Ensemble([fine, coarse])(faces())[1].shape == (3, 6, 6)


@pytest.mark.parametrize("count", [0, 1, MEMBERS + 1])
def test_an_ensemble_has_a_few_members(count: int) -> None:
    with pytest.raises(TrainingError, match=f"2 to 5 networks for an ensemble, got {count}"):
        Ensemble([Deployed(nets.build("plain").eval())] * count)
