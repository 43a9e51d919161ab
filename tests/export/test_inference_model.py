import pytest
import torch
from torch import nn

from mien import nets
from mien.export.inference_model import InferenceModel
from mien.models.info import InputSpec

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
        logits, _ = InferenceModel(net)(faces())
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
        _, places = InferenceModel(net)(faces())
    height, width = causes.shape[1:]
    assert places.shape == (3, 2 * height, 2 * width)
    pooled = places.view(3, height, 2, width, 2).sum(dim=(2, 4))
    assert torch.allclose(pooled, causes, atol=1e-4)


def test_layers_after_the_last_pooling_leave_the_map_at_their_resolution() -> None:
    torch.manual_seed(3)
    net = nets.build("lobonet", {"layers": 5}).eval()
    flat = next(i for i, layer in enumerate(net) if isinstance(layer, nn.Flatten))
    features = net[:flat](faces().float() / 255).detach().requires_grad_()
    expected = net[flat:](features)
    expected.max(dim=1).values.sum().backward()
    assert features.grad is not None
    with torch.inference_mode():
        logits, places = InferenceModel(net)(faces())
    assert torch.allclose(logits, expected, atol=1e-5)
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
        logits, places = InferenceModel(net)(picture)
    assert logits.argmax() == 2
    assert torch.count_nonzero(places) == 24 * 24
    assert torch.allclose(places[0, 1::2, 1::2], torch.full((24, 24), 4 * 0.01 * 200 / 255))
    assert float(places.sum()) == pytest.approx(float(logits.max()), rel=1e-5)


def test_a_network_of_another_form_gives_logits_only() -> None:
    net = nn.Sequential(nn.Conv2d(1, 7, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    model = InferenceModel(net)
    assert (model.explains, model.outputs) == (False, ("logits",))
    (logits,) = model(faces())
    assert torch.allclose(logits, net(faces().float() / 255))


def test_a_network_without_pooling_has_a_map_of_its_features() -> None:
    torch.manual_seed(3)
    head = nn.Linear(2 * 46 * 46, 4), nn.ReLU(), nn.Linear(4, 7)
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), *head).eval()
    features = net[:2](faces().float() / 255).detach().requires_grad_()
    net[2:](features).max(dim=1).values.sum().backward()
    assert features.grad is not None
    with torch.inference_mode():
        _, places = InferenceModel(net)(faces())
    assert places.shape == (3, 46, 46)
    assert torch.allclose(places, (features * features.grad).sum(dim=1), atol=1e-5)


@pytest.mark.parametrize("side", [49, 51])
def test_what_an_odd_side_loses_in_the_pooling_causes_nothing(side: int) -> None:
    torch.manual_seed(3)
    pooled = side // 2
    head = nn.Linear(2 * pooled * pooled, 4), nn.ReLU(), nn.Linear(4, 7)
    body = nn.Conv2d(1, 2, 3, padding=1), nn.MaxPool2d(2), nn.ReLU()
    net = nn.Sequential(*body, nn.Flatten(), *head).eval()
    pixels = torch.randint(0, 256, (3, 1, side, side), dtype=torch.uint8)
    features = net[:3](pixels.float() / 255).detach().requires_grad_()
    net[3:](features).max(dim=1).values.sum().backward()
    assert features.grad is not None
    with torch.inference_mode():
        logits, places = InferenceModel(net)(pixels)
        assert torch.allclose(logits, net(pixels.float() / 255), atol=1e-6)
    assert places.shape == (3, side, side)
    assert torch.count_nonzero(places[:, -1]) == torch.count_nonzero(places[:, :, -1]) == 0
    sums = places[:, :-1, :-1].reshape(3, pooled, 2, pooled, 2).sum(dim=(2, 4))
    assert torch.allclose(sums, (features * features.grad).sum(dim=1), atol=1e-5)


@pytest.mark.parametrize("name", ["plain-bn", "lobonet", "mien-s"])
@pytest.mark.parametrize("spec", [InputSpec(112, 112, "RGB"), InputSpec(48, 80, "gray")], ids=str)
def test_any_input_and_number_of_classes(name: str, spec: InputSpec) -> None:
    torch.manual_seed(3)
    net = nets.build(name, spec=spec, classes=3).eval()
    shape = (2, spec.channels, spec.height, spec.width)
    pixels = torch.randint(0, 256, shape, dtype=torch.uint8)
    with torch.inference_mode():
        logits, places = InferenceModel(net)(pixels)
        assert torch.allclose(logits, net(pixels.float() / 255), atol=1e-5)
    assert logits.shape == (2, 3)
    assert places.shape[1] / places.shape[2] == pytest.approx(spec.height / spec.width, rel=0.2)
