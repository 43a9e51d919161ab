"""The study's four networks, in its order."""

from __future__ import annotations

from torch import nn

from mien.models.info import InputSpec
from mien.nets.registry import register
from mien.nets.space import Choice, FloatRange, IntRange, Space

SMALLEST = 3
"""Side at which pooling stops: the 3x3 feature maps after a fourth layer are kept whole."""

SHALLOW: Space = {
    "layers": IntRange(2, 4),
    "width": IntRange(16, 48, 8),
    "dense": Choice((64, 128, 256)),
    "dropout": FloatRange(0.0, 0.5),
}
"""Search space of the study's first three networks."""

DEEP: Space = {
    # Narrow enough to keep the number of weights small.
    "layers": IntRange(3, 6),
    "width": IntRange(16, 40, 8),
    "dense": Choice((128, 256, 384)),
    "dropout": FloatRange(0.0, 0.4),
}
"""Search space of the study's best network."""


def stack(
    spec: InputSpec,
    classes: int,
    *,
    layers: int,
    width: int,
    dense: int,
    normalise: bool,
    dropout: float,
) -> nn.Sequential:
    """Stack 3x3 convolutions, each max-pooled while there is room, and two dense layers.

    Parameters
    ----------
    spec
        The input.
    classes
        Number of logits.
    layers
        Number of convolutions.
    width
        Channels of the first convolution; each later one that is pooled has twice as many as
        the one before it.
    dense
        Width of the first dense layer; the second outputs the logits.
    normalise
        Use batch normalisation after every layer except the last.
    dropout
        Dropout rate after every layer except the last.
    """

    def after(channels: int, norm: type[nn.Module]) -> list[nn.Module]:
        extra = [norm(channels)] if normalise else []
        return [*extra, nn.ReLU(), *([nn.Dropout(dropout)] if dropout else [])]

    stacked: list[nn.Module] = []
    channels, rows, columns = spec.channels, spec.height, spec.width
    for number in range(layers):
        pooled = min(rows, columns) > SMALLEST
        grown = width if not number else 2 * channels if pooled else channels
        # Pooled first: the maximum commutes with the ReLU, and the rest then costs a quarter.
        # No bias where the normalisation would cancel it.
        stacked += [
            nn.Conv2d(channels, grown, 3, padding=1, bias=not normalise),
            *([nn.MaxPool2d(2)] if pooled else []),
            *after(grown, nn.BatchNorm2d),
        ]
        channels = grown
        if pooled:
            rows, columns = rows // 2, columns // 2
    stacked += [
        nn.Flatten(),
        nn.Linear(channels * rows * columns, dense, bias=not normalise),
        *after(dense, nn.BatchNorm1d),
    ]
    return nn.Sequential(*stacked, nn.Linear(dense, classes))


def _register_shallow(name: str, summary: str, *, normalise: bool, dropout: float) -> None:
    """Register one of the study's first three networks, which have the same layers."""
    register(
        name,
        summary,
        space=SHALLOW,
        layers=2,
        width=32,
        dense=128,
        normalise=normalise,
        dropout=dropout,
    )(stack)


_register_shallow(
    "plain",
    "2 convolutions, 2 dense layers: the study's model 1.",
    normalise=False,
    dropout=0.0,
)
_register_shallow(
    "plain-bn",
    "plain with batch normalisation after each layer: model 2.",
    normalise=True,
    dropout=0.0,
)
_register_shallow(
    "plain-bn-dropout",
    "plain-bn with dropout after each layer: model 3.",
    normalise=True,
    dropout=0.5,
)
register(
    "lobonet",
    "4 convolutions, normalised and with dropout, 2 dense layers: the study's best, model 4.",
    space=DEEP,
    layers=4,
    width=32,
    dense=256,
    normalise=True,
    dropout=0.1,
)(stack)
