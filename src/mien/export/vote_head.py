"""Fits a layer that predicts FER+'s votes to the features of a network that is trained already."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mien.data import Samples
from mien.data.votes import read_votes
from mien.errors import DataError, TrainingError
from mien.export.mixing import VoteHead, with_features
from mien.models.answers import Mixing
from mien.models.runtime import open_session
from mien.training.run import Run

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_VOTES = 5
"""Fewest votes of ten for the seven classes with which a face is learnt from; the others' votes
went to contempt, unknown, or not a face."""

RIDGE = 1e-3
"""Weight of the squared weights in the loss, for standardised features. Of 1e-5, 1e-4 and 1e-3,
mien-s predicts PublicTest's votes best with this one (cross-entropy .7304, .7301, .7289)."""

WEIGHT, POWER = 0.3, 1.2
"""Weight of the votes and power of their shares in mixed answers; see docs/transfer.md for what
they were chosen on."""

_STEPS = 150
_BATCH = 64


def fit_votes(graph: Path, training: Samples, votes: Path) -> tuple[VoteHead, Mixing]:
    """Fit a layer for the votes to the features of a network, by the votes of Training faces.

    The network stays as it is; its features of each face and of its mirror image are computed once.
    The loss is convex, and minimised from zero, so that the same data gives the same layer.

    Parameters
    ----------
    graph
        ONNX file of `mien.export.onnx`.
    training
        FER-2013's Training faces.
    votes
        FER+'s fer2013new.csv.

    Raises
    ------
    DataError
        If the votes cannot be read, or are not those of the faces.
    TrainingError
        If the graph does not end in a linear layer.
    """
    counts = read_votes(votes).of(training)[:, : len(training.vocabulary)]
    rows = counts.sum(axis=1) >= MIN_VOTES
    shares = counts[rows] / counts[rows].sum(axis=1, keepdims=True)
    mean = shares.mean(axis=0) if rows.any() else np.zeros(counts.shape[1])
    if not mean.all():
        raise DataError(
            f"Expected votes for each class, but {votes} has none for some class of the Training"
            " faces.",
            "Use all Training faces of FER-2013.",
            "votes",
        )
    features = frozen_features(graph, training.images[rows])
    head = fit_head(features, np.concatenate([shares, shares]))
    rounded = tuple(round(float(share), 4) for share in mean)
    return head, Mixing(WEIGHT, POWER, rounded)


def trained_head(run: Run) -> tuple[VoteHead, Mixing] | None:
    """Return the layer for FER+'s votes that a run trained, and how it is mixed in.

    Of the layer's ten kinds of vote, those for the classes are taken; a softmax over these alone is
    their distribution among the votes for a class.

    Returns
    -------
    tuple
        None if the run did not learn votes, or an earlier version of mien trained it.

    Raises
    ------
    TrainingError
        If the file of the layer is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not run.votes.is_file():
        return None
    count = len(run.record().vocabulary)
    try:
        state = load_file(run.votes)
        weights, bias, shares = (state[key][:count] for key in ("weight", "bias", "shares"))
    except (OSError, KeyError, SafetensorError) as error:
        raise TrainingError(
            f"The layer for votes in {run.votes} is damaged: {error}.",
            "Train the network again, or export it with votes to fit the layer anew.",
        ) from error
    mean = tuple(round(float(share), 4) for share in shares / shares.sum())
    return VoteHead(weights.numpy(), bias.numpy()), Mixing(WEIGHT, POWER, mean)


def frozen_features(graph: Path, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the input of a network's last layer for faces, and then for their mirror images.

    Parameters
    ----------
    graph
        ONNX file of `mien.export.onnx`.
    images
        ``uint8 [N, H, W]`` or ``[N, H, W, 3]``.

    Returns
    -------
    numpy.ndarray
        ``float32 [2 N, F]``.
    """
    import onnx

    session = open_session(with_features(onnx.load(graph)).SerializeToString())
    name = session.get_inputs()[0].name
    parts = []
    for mirrored in (False, True):
        for start in range(0, len(images), _BATCH):
            faces = images[start : start + _BATCH]
            faces = faces[:, :, ::-1] if mirrored else faces
            planes = faces[:, None] if faces.ndim == 3 else faces.transpose(0, 3, 1, 2)
            parts += session.run(None, {name: np.ascontiguousarray(planes)})
    return np.concatenate(parts)


def fit_head(features: NDArray[np.float32], shares: NDArray[np.float64]) -> VoteHead:
    """Fit a softmax layer to shares of votes: L-BFGS on the cross-entropy, with a ridge.

    Parameters
    ----------
    features
        ``float32 [N, F]``.
    shares
        ``float64 [N, K]``, rows summing to 1.
    """
    inputs, targets = torch.from_numpy(features), torch.from_numpy(shares).float()
    mean, scale = inputs.mean(dim=0), inputs.std(dim=0, correction=0) + 1e-3
    inputs = (inputs - mean) / scale
    weights = torch.zeros(shares.shape[1], features.shape[1], requires_grad=True)
    bias = torch.zeros(shares.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weights, bias], max_iter=_STEPS, history_size=10, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        logits = functional.linear(inputs, weights, bias)
        value = functional.cross_entropy(logits, targets) + RIDGE * weights.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    own = (weights / scale).detach()
    return VoteHead(own.numpy(), (bias.detach() - own @ mean).numpy())
