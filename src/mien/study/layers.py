"""Lists a network's layers, and draws them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from mien.errors import require
from mien.figures import INK, ONE, SOFT, new_figure
from mien.figures import title as write_title
from mien.nets.cost import pass_once

KINDS = {
    "Conv2d": "convolution",
    "MaxPool2d": "max pooling",
    "BatchNorm2d": "batch normalisation",
    "BatchNorm1d": "batch normalisation",
    "ReLU": "ReLU",
    "Dropout": "dropout",
    "Flatten": "flatten",
    "Linear": "dense",
}
"""What PyTorch's layers are called here; others keep their own names."""


@dataclasses.dataclass(frozen=True)
class Layer:
    """One layer."""

    name: str
    shape: tuple[int, ...]
    """Of its output for one face."""
    parameters: int
    """Trained numbers."""
    learns: bool
    """Whether it is a convolution or a dense layer, which starts a new block."""


def layers(net: nn.Module) -> list[Layer]:
    """List the layers of a network in the order in which a face passes through them."""
    listed: list[Layer] = []

    def note(layer: nn.Module, output: Tensor) -> None:
        # A layer made of other layers only passes on their output.
        if not list(layer.children()):
            count = sum(weight.numel() for weight in layer.parameters())
            learns = isinstance(layer, nn.Conv2d | nn.Linear)
            listed.append(Layer(_name(layer), tuple(output.shape[1:]), count, learns))

    pass_once(net, note)
    return listed


def blocks(listed: Sequence[Layer]) -> list[list[Layer]]:
    """Divide layers into blocks: a convolution or dense layer, and what follows it."""
    divided: list[list[Layer]] = []
    for layer in listed:
        if layer.learns or not divided:
            divided.append([])
        divided[-1].append(layer)
    return divided


def shape(layer: Layer) -> str:
    """Return the shape of an output in words."""
    return " × ".join(f"{side:,}" for side in layer.shape)


def _name(layer: nn.Module) -> str:
    kind = type(layer).__name__
    name = KINDS.get(kind, kind)
    if isinstance(layer, nn.Conv2d):
        return f"{name} {layer.kernel_size[0]} × {layer.kernel_size[1]}"
    return f"{name} {layer.p:g}" if isinstance(layer, nn.Dropout) else name


def draw_layers(name: str, listed: Sequence[Layer]) -> Any:
    """Draw layers from input to output, a box for each block.

    Returns
    -------
    matplotlib.figure.Figure
    """
    divided = blocks(listed)
    rows = len(listed) + 0.7 * len(divided)
    figure = new_figure(5, 0.23 * rows + 0.6)
    axes = figure.subplots()
    axes.set(xlim=(0, 10), ylim=(rows, -1.2))
    axes.set_axis_off()
    for place, side, text in ((0.3, "left", "layer"), (6.9, "right", "output"),
                              (9.7, "right", "parameters")):  # fmt: skip
        axes.text(place, -0.6, text, ha=side, color=SOFT, fontsize=9)
    top = 0.0
    for block in divided:
        _draw_block(axes, block, top)
        top += len(block) + 0.7
    total = sum(layer.parameters for layer in listed)
    write_title(axes, f"{name}: {len(listed)} layers, {total:,} parameters")
    return figure


def _draw_block(axes: Any, block: Sequence[Layer], top: float) -> None:
    patch = require("matplotlib.patches", "train").FancyBboxPatch
    colour = ONE if len(block[0].shape) > 1 else SOFT
    rounded = "round,pad=0,rounding_size=0.15"
    for fill, alpha in ((colour, 0.12), ("none", 1.0)):
        axes.add_patch(patch((0.05, top), 9.9, len(block) + 0.2, boxstyle=rounded, facecolor=fill,
                             edgecolor=colour, alpha=alpha, mutation_aspect=2.4))  # fmt: skip
    if top:
        axes.plot([5, 5], [top - 0.5, top], color=SOFT, lw=1)
    for row, layer in enumerate(block):
        line = {"y": top + row + 0.6, "va": "center", "fontsize": 9, "color": INK}
        weight = "bold" if layer.learns else "normal"
        axes.text(0.3, s=layer.name, fontweight=weight, **line)
        axes.text(6.9, s=shape(layer), ha="right", **line)
        if layer.parameters:
            axes.text(9.7, s=f"{layer.parameters:,}", ha="right", **line)
