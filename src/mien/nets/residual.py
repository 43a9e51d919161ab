"""mien's own networks: the study's best one, deepened where depth is cheap."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mien.nets.registry import register
from mien.nets.space import Choice, FloatRange, IntRange

REDUCTION = 8
"""Channels for each of the excitation's hidden values."""


class Residual(nn.Module):
    """Two normalised 3x3 convolutions beside a shortcut (He et al. 2016).

    Their sum is weighed by channel first, by a squeeze-and-excitation (Hu et al. 2018).

    Parameters
    ----------
    width
        Channels in and out.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
        )
        self.excitation = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(width, width // REDUCTION, 1),
            nn.ReLU(),
            nn.Conv2d(width // REDUCTION, width, 1),
            nn.Sigmoid(),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Map ``float32 [batch, width, H, W]`` to the same shape."""
        change = self.body(features)
        return torch.relu(features + change * self.excitation(change))


def _stages(
    blocks: tuple[int, ...], width: int, dense: int, dropout: float
) -> nn.Sequential:
    """Stack stages of a convolution, a max pooling and residual blocks, and two dense layers.

    The blocks stand after the pooling: there a convolution costs a quarter, and the dense layer
    keeps where on the face something is, which a mean over the places would lose.

    Parameters
    ----------
    blocks
        Residual blocks of each stage.
    width
        Channels of the first stage; each further one has twice as many.
    dense
        Width of the first dense layer; the second gives the seven logits.
    dropout
        Share of the dense layers' inputs dropped.
    """
    layers: list[nn.Module] = []
    channels, side = 1, 48
    for stage, count in enumerate(blocks):
        wide = width * 2**stage
        layers += [
            nn.Conv2d(channels, wide, 3, padding=1, bias=False),
            nn.MaxPool2d(2),
            nn.BatchNorm2d(wide),
            nn.ReLU(),
            *(Residual(wide) for _ in range(count)),
        ]
        channels, side = wide, side // 2
    layers += [
        nn.Flatten(),
        nn.Dropout(dropout),
        nn.Linear(channels * side * side, dense, bias=False),
        nn.BatchNorm1d(dense),
        nn.ReLU(),
        nn.Dropout(dropout),
    ]
    return nn.Sequential(*layers, nn.Linear(dense, 7))


@register(
    "mien-s",
    "4 stages, 2 with a residual block that weighs its channels: small, for two CPU cores.",
    space={
        "width": IntRange(16, 48, REDUCTION),
        "dense": Choice((128, 256, 384)),
        "dropout": FloatRange(0.0, 0.4),
    },
    width=32,
    dense=256,
    dropout=0.2,
)
def mien_s(width: int, dense: int, dropout: float) -> nn.Sequential:
    """Build the small network."""
    return _stages((0, 1, 1, 0), width, dense, dropout)


@register(
    "mien-b",
    "mien-s at twice the width, with 5 residual blocks: large, for an accelerator.",
    space={
        "width": IntRange(32, 96, 2 * REDUCTION),
        "dense": Choice((256, 512, 768)),
        "dropout": FloatRange(0.0, 0.5),
        "batch_size": Choice((64, 128, 256, 512)),
    },
    width=64,
    dense=512,
    dropout=0.3,
)
def mien_b(width: int, dense: int, dropout: float) -> nn.Sequential:
    """Build the large network."""
    return _stages((1, 2, 2, 0), width, dense, dropout)
