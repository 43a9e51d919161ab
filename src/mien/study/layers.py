"""Draws a network's layers, from the network itself."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Iterator, Sequence

from torch import Tensor, nn

from mien.nets.cost import pass_once
from mien.report.svg import WIDTH

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

_ROW, _GAP, _TOP, _HEAD = 20, 8, 46, 6
_MIDDLE, _RIGHT = 232, 346


@dataclasses.dataclass(frozen=True)
class Layer:
    """One layer."""

    name: str
    shape: tuple[int, ...]
    """Of its output for one face."""
    parameters: int
    """Trained numbers."""
    learns: bool
    """Whether it is a convolution or a dense layer, which begins a new block."""


def layers(net: nn.Module) -> list[Layer]:
    """List the layers of a network in the order in which a face passes them."""
    found: list[Layer] = []

    def note(layer: nn.Module, output: Tensor) -> None:
        # What is made of other layers only passes on what they gave.
        if not list(layer.children()):
            count = sum(weight.numel() for weight in layer.parameters())
            learns = isinstance(layer, nn.Conv2d | nn.Linear)
            found.append(Layer(_name(layer), tuple(output.shape[1:]), count, learns))

    pass_once(net, note)
    return found


def blocks(found: Sequence[Layer]) -> list[list[Layer]]:
    """Part layers into blocks, each a convolution or dense layer and what follows it."""
    parted: list[list[Layer]] = []
    for layer in found:
        if layer.learns or not parted:
            parted.append([])
        parted[-1].append(layer)
    return parted


def shape(layer: Layer) -> str:
    """Write the shape of an output."""
    return " × ".join(f"{side:,}" for side in layer.shape)


def _name(layer: nn.Module) -> str:
    kind = type(layer).__name__
    name = KINDS.get(kind, kind)
    if isinstance(layer, nn.Conv2d):
        return f"{name} {layer.kernel_size[0]} × {layer.kernel_size[1]}"
    return f"{name} {layer.p:g}" if isinstance(layer, nn.Dropout) else name


def drawing(title: str, found: Sequence[Layer]) -> str:
    """Draw the layers as SVG in the page's colours, a box a block, from input to output."""
    total = sum(layer.parameters for layer in found)
    parts, place = [], _TOP
    for box in blocks(found):
        parts.append("".join(_box(box, place)))
        place += 2 * _HEAD + _ROW * len(box) + _GAP
    said = f"{len(found)} layers with {total:,} parameters, from a face of 48 × 48 pixels."
    heads = "".join(
        f'<text class="{kind} soft" x="{x}" y="38">{text}</text>'
        for kind, x, text in (
            ("", 14, "layer"), ("end", _MIDDLE, "output"), ("end", _RIGHT, "parameters")
        )
    )  # fmt: skip
    return (
        f'<svg viewBox="0 0 {WIDTH} {place}" role="img"><title>{html.escape(title)}</title>'
        f'<desc>{said}</desc><text class="title" x="4" y="15">{html.escape(title)}</text>'
        f"{heads}{''.join(parts)}</svg>"
    )


def _box(box: Sequence[Layer], top: float) -> Iterator[str]:
    height = 2 * _HEAD + _ROW * len(box)
    kind = "one" if len(box[0].shape) > 1 else "two"
    yield f'<rect class="layer {kind}" x="4" y="{top}" width="352" height="{height}" rx="6"/>'
    if top > _TOP:
        yield f'<path class="axis" d="M180 {top - _GAP}v{_GAP}"/>'
    for row, layer in enumerate(box):
        line = top + _HEAD + _ROW * row + 14
        weight = "title" if layer.learns else ""
        yield f'<text class="{weight}" x="14" y="{line}">{html.escape(layer.name)}</text>'
        yield f'<text class="end" x="{_MIDDLE}" y="{line}">{shape(layer)}</text>'
        if layer.parameters:
            yield f'<text class="end" x="{_RIGHT}" y="{line}">{layer.parameters:,}</text>'
