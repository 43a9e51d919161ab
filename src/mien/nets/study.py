"""The study's four networks, in the order in which it met them."""

from __future__ import annotations

from torch import nn

from mien.nets.registry import register


def _stack(
    widths: tuple[int, ...], dense: int, *, normalise: bool, dropout: float
) -> nn.Sequential:
    """Stack 3x3 convolutions, each max-pooled, and two dense layers.

    Parameters
    ----------
    widths
        Channels of each convolution.
    dense
        Width of the first dense layer; the second gives the seven logits.
    normalise
        Normalise each layer but the last over the batch.
    dropout
        Share of each layer's values dropped, but the last's.
    """

    def after(width: int, norm: type[nn.Module]) -> list[nn.Module]:
        extra = [norm(width)] if normalise else []
        return [*extra, nn.ReLU(), *([nn.Dropout(dropout)] if dropout else [])]

    layers: list[nn.Module] = []
    channels, side = 1, 48
    for width in widths:
        # Pooled first: the maximum commutes with the ReLU, and the rest then costs a quarter.
        # A bias is left out where the normalisation would take it away again.
        layers += [
            nn.Conv2d(channels, width, 3, padding=1, bias=not normalise),
            nn.MaxPool2d(2),
            *after(width, nn.BatchNorm2d),
        ]
        channels, side = width, side // 2
    layers += [
        nn.Flatten(),
        nn.Linear(channels * side * side, dense, bias=not normalise),
        *after(dense, nn.BatchNorm1d),
    ]
    return nn.Sequential(*layers, nn.Linear(dense, 7))


@register("plain", "2 convolutions, 2 dense layers: the study's model 1.")
def plain(dropout: float) -> nn.Sequential:
    """Build the study's model 1."""
    return _stack((32, 64), 128, normalise=False, dropout=dropout)


@register("plain-bn", "plain with batch normalisation after each layer: model 2.")
def plain_bn(dropout: float) -> nn.Sequential:
    """Build the study's model 2."""
    return _stack((32, 64), 128, normalise=True, dropout=dropout)


@register("plain-bn-dropout", "plain-bn with dropout after each layer: model 3.", dropout=0.5)
def plain_bn_dropout(dropout: float) -> nn.Sequential:
    """Build the study's model 3; half of each layer's values are dropped."""
    return _stack((32, 64), 128, normalise=True, dropout=dropout)


@register(
    "lobonet",
    "4 convolutions, normalised and with dropout, 2 dense layers: the study's best, model 4.",
    dropout=0.1,
)
def lobonet(dropout: float) -> nn.Sequential:
    """Build the study's model 4."""
    return _stack((32, 64, 128, 256), 256, normalise=True, dropout=dropout)
