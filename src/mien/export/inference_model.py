"""The form in which a network leaves training: bytes in, logits and a map of their causes out."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional

_HEAD = (nn.Flatten, nn.Linear, nn.ReLU, nn.Linear)
"""The end of a network that can explain itself, apart from dropout and normalisation."""


class Activations(NamedTuple):
    """Values inside a network that its map is computed from."""

    before: Tensor
    """Features before the last pooling, ``float32 [batch, C, H, W]``; the last features if the
    network does not end in a pooling."""
    pooled: Tensor
    """The same after the pooling, ``float32 [batch, C, h, w]``."""
    features: Tensor
    """Input of the dense layers, ``float32 [batch, C h w]``."""
    hidden: Tensor
    """Input of the last ReLU, ``float32 [batch, hidden]``."""
    logits: Tensor
    """``float32 [batch, K]``."""


class InferenceModel(nn.Module):
    """A network that takes bytes, so that no user can normalise them wrongly, and explains itself.

    Its map holds what each place on the face adds to the logit of the predicted class: activation
    times gradient at the last features (HiResCAM, Draelos and Carin 2020). From there on the
    network is linear between the kinks of one ReLU, so the gradient is a product of weights that
    the graph can compute by itself, and the map sums to the logit less a constant.

    Parameters
    ----------
    net
        A network in evaluation mode, from ``float32 [batch, C, H, W]`` to logits. It has a map if
        it ends in a flattening and two dense layers with one ReLU between them, as those of
        `mien.nets` do; other networks give logits only. The map has the resolution before the last
        pooling if nothing but normalisation and ReLU follows that pooling.
    """

    def __init__(self, net: nn.Sequential) -> None:
        super().__init__()
        layers = [layer for layer in net if not isinstance(layer, nn.Dropout)]
        flat = _last(layers, nn.Flatten)
        head = [layer for layer in layers[max(flat, 0) :] if not isinstance(layer, nn.BatchNorm1d)]
        self.explains = len(head) == len(_HEAD) and all(map(isinstance, head, _HEAD))
        """Whether the network has a map."""
        if not self.explains:
            self.body = nn.Sequential(*layers)
            return
        pool = _last(layers[:flat], nn.MaxPool2d)
        after = layers[pool + 1 : flat]
        self.pools = pool >= 0 and _halves(layers[pool]) and all(map(_keeps_places, after))
        first, last = layers[flat + 1], layers[-1]
        assert isinstance(first, nn.Linear)
        assert isinstance(last, nn.Linear)
        self.body = nn.Sequential(*layers[: pool if self.pools else flat])
        self.after = nn.Sequential(*after if self.pools else ())
        self.first, self.last = first, last
        self.norm = next((layer for layer in layers if isinstance(layer, nn.BatchNorm1d)), None)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what the graph returns."""
        return ("logits", "activation_map") if self.explains else ("logits",)

    def forward(self, faces: Tensor) -> tuple[Tensor, ...]:
        """Classify faces.

        Parameters
        ----------
        faces
            ``uint8 [batch, C, H, W]``.

        Returns
        -------
        tuple
            Logits ``float32 [batch, K]``, and for a network with a map ``float32 [batch, h, w]``:
            what each place adds to the greatest logit (to the first one, if several are equal).
        """
        if not self.explains:
            return (self.body(faces.float() / 255),)
        activations = self._activations(faces)
        return activations.logits, self._map(activations)

    def _activations(self, faces: Tensor) -> Activations:
        """Run the network on ``uint8 [batch, C, H, W]``."""
        before = self.body(faces.float() / 255)
        pooled = functional.max_pool2d(before, 2) if self.pools else before
        features = self.after(pooled).flatten(1)
        hidden = self.first(features)
        if self.norm is not None:
            hidden = self.norm(hidden)
        return Activations(before, pooled, features, hidden, self.last(hidden.relu()))

    def _map(self, activations: Activations) -> Tensor:
        """Map what each place adds to the greatest logits, as `forward` returns it."""
        labels = activations.logits.argmax(dim=1)
        gradient = self.last.weight[labels] * (activations.hidden > 0)
        if self.norm is not None:
            gradient = gradient * _scale(self.norm)
        gradient = gradient @ self.first.weight
        causes = (gradient * activations.features).view_as(activations.pooled)
        if not self.pools:
            return causes.sum(dim=1)
        return _unpooled(causes, activations.before, activations.pooled)


def _halves(layer: nn.Module) -> bool:
    """Tell whether a pooling takes the maximum of squares of 2 x 2."""
    if not isinstance(layer, nn.MaxPool2d):
        return False
    squares = all(size in (2, (2, 2)) for size in (layer.kernel_size, layer.stride))
    return squares and layer.padding in (0, (0, 0)) and not layer.ceil_mode


def _keeps_places(layer: nn.Module) -> bool:
    """Tell whether a layer treats each place by itself."""
    return isinstance(layer, nn.BatchNorm2d | nn.ReLU)


def _scale(norm: nn.BatchNorm1d) -> Tensor:
    """Return what a trained normalisation multiplies by, ``[width]``."""
    assert norm.running_var is not None
    return norm.weight * (norm.running_var + norm.eps).rsqrt()


def _unpooled(causes: Tensor, before: Tensor, pooled: Tensor) -> Tensor:
    """Move what each pooled value causes to the place it came from, and sum over the channels.

    Places that tie for the maximum share equally. The last row or column of an odd side, which the
    pooling ignores, causes nothing.
    """
    height, width = (2 * side for side in pooled.shape[2:])
    bottom, right = before.shape[2] - height, before.shape[3] - width
    if bottom or right:
        before = before[:, :, :height, :width]
    maximal = (before == functional.interpolate(pooled, scale_factor=2.0)).float()
    share = causes / (4 * functional.avg_pool2d(maximal, 2))
    places = (functional.interpolate(share, scale_factor=2.0) * maximal).sum(dim=1)
    return functional.pad(places, (0, right, 0, bottom)) if bottom or right else places


def _last(layers: list[nn.Module], kind: type[nn.Module]) -> int:
    """Return the place of the last layer of a kind; -1 if there is none."""
    return max((index for index, layer in enumerate(layers) if isinstance(layer, kind)), default=-1)
