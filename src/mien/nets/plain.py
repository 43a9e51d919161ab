"""The study's four networks, in the order in which it met them."""

from __future__ import annotations

from torch import nn

from mien.nets.registry import register
from mien.nets.space import Choice, FloatRange, IntRange, Space

SMALLEST = 3
"""Side below which nothing is pooled: from a fourth layer's 3x3 places on, all are kept."""

SHALLOW: Space = {
    "layers": IntRange(2, 4),
    "width": IntRange(16, 48, 8),
    "dense": Choice((64, 128, 256)),
    "dropout": FloatRange(0.0, 0.5),
}
"""What is searched of the study's first three networks."""

DEEP: Space = {
    # Widths that keep the weights few.
    "layers": IntRange(3, 6),
    "width": IntRange(16, 40, 8),
    "dense": Choice((128, 256, 384)),
    "dropout": FloatRange(0.0, 0.4),
}
"""What is searched of the study's best network."""


def stack(
    layers: int, width: int, dense: int, normalise: bool, dropout: float
) -> nn.Sequential:
    """Stack 3x3 convolutions, each max-pooled while there is room, and two dense layers.

    Parameters
    ----------
    layers
        Number of convolutions.
    width
        Channels of the first convolution; each further one that is pooled has twice as many as
        the one before.
    dense
        Width of the first dense layer; the second gives the seven logits.
    normalise
        Normalise each layer but the last over the batch.
    dropout
        Share of each layer's values dropped, but the last's.
    """

    def after(channels: int, norm: type[nn.Module]) -> list[nn.Module]:
        extra = [norm(channels)] if normalise else []
        return [*extra, nn.ReLU(), *([nn.Dropout(dropout)] if dropout else [])]

    stacked: list[nn.Module] = []
    channels, side = 1, 48
    for number in range(layers):
        pooled = side > SMALLEST
        wanted = width if not number else 2 * channels if pooled else channels
        # Pooled first: the maximum commutes with the ReLU, and the rest then costs a quarter.
        # A bias is left out where the normalisation would take it away again.
        stacked += [
            nn.Conv2d(channels, wanted, 3, padding=1, bias=not normalise),
            *([nn.MaxPool2d(2)] if pooled else []),
            *after(wanted, nn.BatchNorm2d),
        ]
        channels, side = wanted, side // 2 if pooled else side
    stacked += [
        nn.Flatten(),
        nn.Linear(channels * side * side, dense, bias=not normalise),
        *after(dense, nn.BatchNorm1d),
    ]
    return nn.Sequential(*stacked, nn.Linear(dense, 7))


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
