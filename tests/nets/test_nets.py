import math

import pytest
import torch
from torch import nn

from mien import nets
from mien.errors import NetError
from mien.models.info import InputSpec
from mien.nets.residual import Residual

STUDY = ("plain", "plain-bn", "plain-bn-dropout", "lobonet")
OWN = ("mien-s", "mien-b")

# name, convolutions, dense layers, normalisations, dropouts
LAYERS = [
    ("plain", 2, 2, 0, 0),
    ("plain-bn", 2, 2, 3, 0),
    ("plain-bn-dropout", 2, 2, 3, 3),
    ("lobonet", 4, 2, 5, 5),
]


def test_registry_lists_the_study_in_its_order_then_our_own() -> None:
    assert tuple(entry.name for entry in nets.entries()) == (*STUDY, *OWN)


@pytest.mark.parametrize("name", (*STUDY, *OWN))
def test_a_net_maps_faces_to_seven_logits(name: str) -> None:
    logits = nets.build(name).eval()(torch.zeros(3, 1, 48, 48))
    assert logits.shape == (3, 7)
    assert logits.dtype == torch.float32


@pytest.mark.parametrize(("name", "convolutions", "dense", "norms", "dropouts"), LAYERS)
def test_a_net_has_the_layers_of_the_study(
    name: str, convolutions: int, dense: int, norms: int, dropouts: int
) -> None:
    layers = list(nets.build(name).modules())

    def count(*kinds: type[nn.Module]) -> int:
        return sum(isinstance(layer, kinds) for layer in layers)

    assert count(nn.Conv2d) == convolutions
    assert count(nn.Linear) == dense
    assert count(nn.BatchNorm1d, nn.BatchNorm2d) == norms
    assert count(nn.Dropout) == dropouts
    assert {layer.kernel_size for layer in layers if isinstance(layer, nn.Conv2d)} == {(3, 3)}


def test_dropout_can_be_chosen() -> None:
    net = nets.build("lobonet", {"dropout": 0.35})
    assert [layer.p for layer in net.modules() if hasattr(layer, "p")] == [0.35] * 5


# layers, channels of the convolutions, side of what the dense layers get
DEPTHS = [
    (2, [16, 32], 12),
    (4, [16, 32, 64, 128], 3),
    (6, [16, 32, 64, 128, 128, 128], 3),
]


@pytest.mark.parametrize(("layers", "channels", "side"), DEPTHS)
def test_depth_and_widths_can_be_chosen(layers: int, channels: list[int], side: int) -> None:
    recipe = {"layers": layers, "width": 16, "dense": 24, "normalise": False, "epochs": 3}
    net = nets.build("lobonet", recipe)
    found = [layer.out_channels for layer in net if isinstance(layer, nn.Conv2d)]
    first, last = (layer for layer in net if isinstance(layer, nn.Linear))
    assert found == channels
    assert (first.in_features, first.out_features) == (channels[-1] * side**2, 24)
    assert last.in_features == 24
    assert not any(isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) for layer in net)
    assert net.eval()(torch.zeros(2, 1, 48, 48)).shape == (2, 7)


def test_options_of_a_recipe_come_before_the_net_s_own() -> None:
    own = {"layers": 4, "width": 32, "dense": 256, "normalise": True, "dropout": 0.1}
    assert nets.options("lobonet", {"net": "lobonet", "dropout": None}) == own
    assert nets.options("lobonet", {"layers": 3}) == own | {"layers": 3}


def test_an_option_that_a_net_has_not_is_refused() -> None:
    words = "'mien-s' has no option 'layers'.*set to 5.*width, dense, dropout"
    with pytest.raises(NetError, match=words):
        nets.build("mien-s", {"layers": 5})


def test_cost_of_plain_is_what_a_hand_computes() -> None:
    # 3x3 convolutions on 48x48 then 24x24, dense layers from 64 * 12 * 12 to 128 to 7.
    first, second = 48 * 48 * 32 * 9, 24 * 24 * 64 * 9 * 32
    dense, last = 64 * 12 * 12 * 128, 128 * 7
    net = nets.build("plain")
    assert nets.macs(net) == first + second + dense + last
    assert nets.parameters(net) == (9 + 1) * 32 + (9 * 32 + 1) * 64 + dense + 128 + last + 7


def test_cost_leaves_the_net_as_it_was() -> None:
    net = nets.build("lobonet").train()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    nets.macs(net)
    assert net.training
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())


def test_unknown_net_names_the_known_ones() -> None:
    with pytest.raises(NetError, match=f"'lobo'.*{', '.join((*STUDY, *OWN))}"):
        nets.build("lobo")


# name, most parameters, most multiply-adds for a face: what the networks promise
LIMITS = [("mien-s", 1_500_000, 60_000_000), ("mien-b", 12_000_000, 400_000_000)]


@pytest.mark.parametrize(("name", "most_parameters", "most_macs"), LIMITS)
def test_our_networks_stay_within_their_size(
    name: str, most_parameters: int, most_macs: int
) -> None:
    net = nets.build(name)
    assert 0.5 * most_parameters < nets.parameters(net) <= most_parameters
    assert 0.5 * most_macs < nets.macs(net) <= most_macs


def test_a_residual_block_adds_its_weighed_change_to_what_comes_in() -> None:
    block = Residual(16).eval()
    features = torch.randn(2, 16, 6, 6, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        block.excitation[3].weight.zero_()
        block.excitation[3].bias.fill_(math.log(3))  # its sigmoid is 3/4
        wanted = (features + 0.75 * block.body(features)).clamp(min=0)
        assert torch.allclose(block(features), wanted, atol=1e-6)


@pytest.mark.parametrize("size", [32, 112])
@pytest.mark.parametrize("name", (*STUDY, *OWN))
def test_a_net_is_built_for_any_input_and_number_of_classes(name: str, size: int) -> None:
    spec = InputSpec(height=size, width=size, colour="RGB")
    net = nets.build(name, spec=spec, classes=3)
    assert net.eval()(torch.zeros(2, 3, size, size)).shape == (2, 3)
    first = next(layer for layer in net.modules() if isinstance(layer, nn.Conv2d))
    assert first.weight.shape[1] == 3


def test_cost_of_another_input_is_what_a_hand_computes() -> None:
    spec = InputSpec(height=64, width=64, colour="RGB")
    net = nets.build("plain", spec=spec, classes=3)
    first, second = 64 * 64 * 32 * 27, 32 * 32 * 64 * 9 * 32
    dense, last = 64 * 16 * 16 * 128, 128 * 3
    assert nets.macs(net, spec) == first + second + dense + last


def test_an_input_that_is_not_square() -> None:
    spec = InputSpec(height=32, width=64)
    assert nets.build("lobonet", spec=spec)[-5].in_features == 256 * 2 * 4
    assert nets.build("mien-s", spec=spec).eval()(torch.zeros(1, 1, 32, 64)).shape == (1, 7)


def test_a_seed_gives_the_same_weights_as_ever() -> None:
    torch.manual_seed(0)
    net = nets.build("lobonet")
    assert net[0].weight.flatten()[:3].tolist() == pytest.approx(
        [-0.002495607, 0.17881453, -0.27434838], abs=1e-7
    )
    assert list(net.state_dict())[:3] == ["0.weight", "2.weight", "2.bias"]
