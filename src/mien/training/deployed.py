"""The form in which a network leaves training: bytes in, logits and a map of their causes out."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from mien.errors import TrainingError

_HEAD = (nn.Flatten, nn.Linear, nn.ReLU, nn.Linear)
"""How every network ends, dropout and normalisation aside."""


class Deployed(nn.Module):
    """A network that takes bytes, so that no user can normalise them wrongly, and explains itself.

    Its map holds what each place on the face adds to the logit of the expression that it names:
    activation times gradient at the last features (HiResCAM, Draelos and Carin 2020). From there
    on a network is linear between the kinks of one ReLU, so the gradient is a product of weights
    that the graph can compute by itself, and the map's sum is exactly the logit less a constant.

    Parameters
    ----------
    net
        A network of `mien.nets`, in evaluation mode: a body whose last pooling is followed by
        nothing but normalisation and ReLU, then two dense layers.

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
        if not (
            len(head) == len(_HEAD)
            and all(map(isinstance, head, _HEAD))
            and all(isinstance(layer, nn.BatchNorm2d | nn.ReLU) for layer in after)
        ):
            raise TrainingError(
                f"Expected a network that ends in a pooling and two dense layers, got {layers}.",
                "Give mien.training.deployed the form of this network's end too.",
            )
        first, last = layers[flat + 1], layers[-1]
        assert isinstance(first, nn.Linear)
        assert isinstance(last, nn.Linear)
        self.body = nn.Sequential(*layers[:pool])
        self.after = nn.Sequential(*after)
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
        before = self.body(faces.float() / 255)
        pooled = functional.max_pool2d(before, 2)
        features = self.after(pooled).flatten(1)
        hidden = self.first(features)
        if self.norm is not None:
            hidden = self.norm(hidden)
        logits = self.last(hidden.relu())
        gradient = self.last.weight[logits.argmax(dim=1)] * (hidden > 0)
        if self.norm is not None:
            gradient = gradient * _scale(self.norm)
        gradient = gradient @ self.first.weight
        causes = (gradient * features).view_as(pooled)
        return logits, _unpooled(causes, before, pooled)


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
