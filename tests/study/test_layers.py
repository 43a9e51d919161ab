import torch
from torch import nn

from mien import nets
from mien.study.layers import Layer, blocks, draw_layers, layers, shape


def test_the_list_is_what_lobonet_is() -> None:
    net = nets.build("lobonet")
    found = layers(net)
    assert len(found) == 26
    assert found[0] == Layer("convolution 3 × 3", (32, 48, 48), 32 * 9, True)
    assert found[1] == Layer("max pooling", (32, 24, 24), 0, False)
    assert found[-1] == Layer("dense", (7,), 256 * 7 + 7, True)
    assert sum(layer.parameters for layer in found) == nets.parameters(net)
    assert net.training
    assert [len(box) for box in blocks(found)] == [5, 5, 5, 6, 4, 1]


def test_each_layer_of_the_drawing_has_its_row() -> None:
    figure = draw_layers("a < b", layers(nets.build("lobonet")))
    (axes,) = figure.axes
    texts = [text.get_text() for text in axes.texts]
    assert texts.count("batch normalisation") == 5
    assert "589,824" in texts
    assert axes.get_title(loc="left") == "a < b: 26 layers, 980,455 parameters"
    # Each of the six boxes is a frame and its fill.
    assert len(axes.patches) == 12


def test_a_layer_of_another_kind_keeps_its_name() -> None:
    class Double(nn.Module):
        def forward(self, faces: torch.Tensor) -> torch.Tensor:
            return 2 * faces

    (found,) = layers(nn.Sequential(Double()))
    assert (found.name, shape(found)) == ("Double", "1 × 48 × 48")
