"""mien's own networks: the study's best one, made deeper where depth is cheap."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mien.models.info import InputSpec
from mien.nets.registry import register
from mien.nets.space import Choice, FloatRange, IntRange

REDUCTION = 8
"""Factor between the excitation's channels and its hidden values."""


class Residual(nn.Module):
    """Two normalised 3x3 convolutions beside a shortcut (He et al. 2016).

    A squeeze-and-excitation weights their channels before the sum (Hu et al. 2018).

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
    blocks: tuple[int, ...],
    spec: InputSpec,
    classes: int,
    width: int,
    dense: int,
    dropout: float,
) -> nn.Sequential:
    """Stack stages of a convolution, a max pooling and residual blocks, and two dense layers.

    The blocks follow the pooling, where a convolution costs a quarter. The dense layer keeps the
    positions on the face, which a global average pooling would lose.

    Parameters
    ----------
    blocks
        Number of residual blocks in each stage.
    spec
        The input.
    classes
        Number of logits.
    width
        Channels of the first stage; each later stage has twice as many as the one before it.
    dense
        Width of the first dense layer; the second outputs the logits.
    dropout
        Dropout rate of the dense layers' inputs.
    """
    layers: list[nn.Module] = []
    channels, rows, columns = spec.channels, spec.height, spec.width
    for stage, count in enumerate(blocks):
        wide = width * 2**stage
        layers += [
            nn.Conv2d(channels, wide, 3, padding=1, bias=False),
            nn.MaxPool2d(2),
            nn.BatchNorm2d(wide),
            nn.ReLU(),
            *(Residual(wide) for _ in range(count)),
        ]
        channels, rows, columns = wide, rows // 2, columns // 2
    layers += [
        nn.Flatten(),
        nn.Dropout(dropout),
        nn.Linear(channels * rows * columns, dense, bias=False),
        nn.BatchNorm1d(dense),
        nn.ReLU(),
        nn.Dropout(dropout),
    ]
    return nn.Sequential(*layers, nn.Linear(dense, classes))


@register(
    "mien-s",
    "4 stages, 2 of them with a squeeze-and-excitation residual block: small, for a CPU.",
    space={
        "width": IntRange(16, 48, REDUCTION),
        "dense": Choice((128, 256, 384)),
        "dropout": FloatRange(0.0, 0.4),
    },
    width=32,
    dense=256,
    dropout=0.2,
)
def mien_s(
    spec: InputSpec, classes: int, *, width: int, dense: int, dropout: float
) -> nn.Sequential:
    """Build the small network."""
    return _stages((0, 1, 1, 0), spec, classes, width, dense, dropout)


@register(
    "mien-b",
    "mien-s at twice the width and with 5 residual blocks: large, for an accelerator.",
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
def mien_b(
    spec: InputSpec, classes: int, *, width: int, dense: int, dropout: float
) -> nn.Sequential:
    """Build the large network."""
    return _stages((1, 2, 2, 0), spec, classes, width, dense, dropout)
