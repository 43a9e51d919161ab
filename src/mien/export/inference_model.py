"""The form in which a network leaves training: bytes in, logits and a map of their causes out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.errors import TrainingError

_HEAD = (nn.Flatten, nn.Linear, nn.ReLU, nn.Linear)
"""How every network ends, dropout and normalisation aside."""


MEMBERS = 5
"""Most networks of an ensemble."""


class Look(NamedTuple):
    """What a network made of faces, on the way to its logits."""

    before: Tensor
    """Features before the last pooling, ``float32 [batch, C, 2 h, 2 w]``; where more layers follow
    it, the last features as they are."""
    pooled: Tensor
    """The same pooled, ``float32 [batch, C, h, w]``; where more layers follow, the same."""
    features: Tensor
    """What the dense layers take, ``float32 [batch, C h w]``."""
    hidden: Tensor
    """What the last ReLU takes, ``float32 [batch, hidden]``."""
    logits: Tensor
    """``float32 [batch, 7]``."""


class Deployed(nn.Module):
    """A network that takes bytes, so that no user can normalise them wrongly, and explains itself.

    Its map holds what each place on the face adds to the logit of the expression that it names:
    activation times gradient at the last features (HiResCAM, Draelos and Carin 2020). From there
    on a network is linear between the kinks of one ReLU, so the gradient is a product of weights
    that the graph can compute by itself, and the map's sum is exactly the logit less a constant.

    Parameters
    ----------
    net
        A network of `mien.nets`, in evaluation mode: a body, then two dense layers. Where nothing
        but normalisation and ReLU follows the last pooling, the map has the resolution before it.

    Raises
    ------
    TrainingError
        If the network is built otherwise.
    """

    def __init__(self, net: nn.Sequential) -> None:
        super().__init__()
        layers = [layer for layer in net if not isinstance(layer, nn.Dropout)]
        flat = _last(layers, nn.Flatten)
        pool = _last(layers[:flat], nn.MaxPool2d)
        head = [layer for layer in layers[flat:] if not isinstance(layer, nn.BatchNorm1d)]
        after = layers[pool + 1 : flat]
        self.pools = all(isinstance(layer, nn.BatchNorm2d | nn.ReLU) for layer in after)
        if not (pool >= 0 and len(head) == len(_HEAD) and all(map(isinstance, head, _HEAD))):
            raise TrainingError(
                f"Expected a network that pools and ends in two dense layers, got {layers}.",
                "Give mien.export.inference_model the form of this network's end too.",
            )
        first, last = layers[flat + 1], layers[-1]
        assert isinstance(first, nn.Linear)
        assert isinstance(last, nn.Linear)
        self.body = nn.Sequential(*layers[: pool if self.pools else flat])
        self.after = nn.Sequential(*after if self.pools else ())
        self.first, self.last = first, last
        self.norm = next((layer for layer in layers if isinstance(layer, nn.BatchNorm1d)), None)

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Read faces.

        Parameters
        ----------
        faces
            ``uint8 [batch, 1, 48, 48]``.

        Returns
        -------
        tuple
            Logits ``float32 [batch, 7]``, and the map ``float32 [batch, H, W]`` of the first of
            the greatest, at the resolution before the last pooling.
        """
        look = self.look(faces)
        return look.logits, self.causes(look, look.logits.argmax(dim=1))

    def look(self, faces: Tensor) -> Look:
        """Read ``uint8 [batch, 1, 48, 48]``."""
        before = self.body(faces.float() / 255)
        pooled = functional.max_pool2d(before, 2) if self.pools else before
        features = self.after(pooled).flatten(1)
        hidden = self.first(features)
        if self.norm is not None:
            hidden = self.norm(hidden)
        return Look(before, pooled, features, hidden, self.last(hidden.relu()))

    def causes(self, look: Look, labels: Tensor) -> Tensor:
        """Map what each place adds to the logits of labels ``int64 [batch]``, as `forward` does."""
        gradient = self.last.weight[labels] * (look.hidden > 0)
        if self.norm is not None:
            gradient = gradient * _scale(self.norm)
        gradient = gradient @ self.first.weight
        causes = (gradient * look.features).view_as(look.pooled)
        return _unpooled(causes, look.before, look.pooled) if self.pools else causes.sum(dim=1)


class Ensemble(nn.Module):
    """Networks whose probabilities are averaged with equal weights, as one network.

    Parameters
    ----------
    members
        Two to `MEMBERS` networks.

    Raises
    ------
    TrainingError
        If there are fewer or more.
    """

    def __init__(self, members: Sequence[Deployed]) -> None:
        super().__init__()
        if not 2 <= len(members) <= MEMBERS:
            raise TrainingError(
                f"Expected 2 to {MEMBERS} networks for an ensemble, got {len(members)}.",
                "Name the runs of the best that differ from each other.",
            )
        self.members = nn.ModuleList(members)

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Read faces.

        Parameters
        ----------
        faces
            ``uint8 [batch, 1, 48, 48]``.

        Returns
        -------
        tuple
            Logarithms of the mean probabilities, ``float32 [batch, 7]``, and the mean of the
            members' maps of the likeliest expression, ``float32 [batch, H, W]``, at the
            resolution of the coarsest.
        """
        members = [member for member in self.members if isinstance(member, Deployed)]
        looks = [member.look(faces) for member in members]
        said = torch.stack([look.logits.log_softmax(dim=1) for look in looks])
        logits = said.logsumexp(dim=0) - math.log(len(members))
        labels = logits.argmax(dim=1)
        maps = [
            member.causes(look, labels) for member, look in zip(members, looks, strict=True)
        ]
        size = min((each.shape[1], each.shape[2]) for each in maps)
        return logits, torch.stack(
            [functional.adaptive_avg_pool2d(each, size) for each in maps]
        ).mean(dim=0)


def _scale(norm: nn.BatchNorm1d) -> Tensor:
    """Give what a normalisation multiplies by once it is trained, ``[width]``."""
    assert norm.running_var is not None
    return norm.weight * (norm.running_var + norm.eps).rsqrt()


def _unpooled(causes: Tensor, before: Tensor, pooled: Tensor) -> Tensor:
    """Put what each pooled value causes at the place that it was taken from; sum over channels.

    Places that tie for the maximum share alike.
    """
    taken = (before == functional.interpolate(pooled, scale_factor=2.0)).float()
    share = causes / (4 * functional.avg_pool2d(taken, 2))
    return (functional.interpolate(share, scale_factor=2.0) * taken).sum(dim=1)


def _last(layers: list[nn.Module], kind: type[nn.Module]) -> int:
    """Find the last layer of a kind; -1 where there is none, which no network is built like."""
    return max((index for index, layer in enumerate(layers) if isinstance(layer, kind)), default=-1)
