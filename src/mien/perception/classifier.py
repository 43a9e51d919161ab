"""Runs a network on face crops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.errors import NetError
from mien.expression import NAMES
from mien.weights import DEFAULT, Card, onnx_path, read_card

CROP = 48
"""Height and width in pixels of the crops that the networks read."""


MAP = "activation_map"
"""The graph's output beside the logits."""


class Classifier:
    """A network ready to read crops; may be shared between threads.

    Parameters
    ----------
    net
        Name of a shipped network, or path of an ONNX file with its card beside it.
    card
        The network's card; read from the file beside the network if None.
    threads
        Threads of ONNX Runtime for one call; None leaves the choice to it.

    Raises
    ------
    NetError
        If there is no such network, or its files do not fit together.
    """

    def __init__(
        self, net: str | Path = DEFAULT, card: Card | None = None, threads: int | None = None
    ) -> None:
        import onnxruntime

        path = onnx_path(net)
        self.card = card or read_card(net)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        if threads is not None:
            options.intra_op_num_threads = threads
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        # Its exceptions share no base class.
        except Exception as error:
            raise NetError(
                f"ONNX Runtime cannot load {path}: {error}.",
                "Export the network again with: mien export RUN --name NAME.",
            ) from error
        self._check(path)

    def _check(self, path: Path) -> None:
        """Refuse a graph that does not take crops and give seven logits."""
        taken, given = self._session.get_inputs()[0], self._session.get_outputs()[0]
        wanted = (["tensor(uint8)", 1, CROP, CROP], len(NAMES))
        got = ([taken.type, *taken.shape[1:]], given.shape[-1])
        if got != wanted:
            raise NetError(
                f"Expected a network from uint8 [batch, 1, {CROP}, {CROP}] to {len(NAMES)} logits,"
                f" got {taken.type} {taken.shape} to {given.shape} in {path}.",
                "Use an ONNX file written by mien export.",
            )

    def logits(self, crops: NDArray[np.uint8], batch: int = 64) -> NDArray[np.float32]:
        """Give the network's raw outputs, before temperature and softmax.

        Parameters
        ----------
        crops
            Gray crops, ``uint8 [N, 48, 48]``; N may be 0.
        batch
            Crops that go through the network at once.

        Returns
        -------
        numpy.ndarray
            ``float32 [N, 7]`` in the order of `mien.Expression`.

        Raises
        ------
        NetError
            If the crops have another shape or type.
        """
        return self._run("logits", crops, batch)

    def maps(self, crops: NDArray[np.uint8], batch: int = 64) -> NDArray[np.float32]:
        """Give what each place on each crop adds to the logit of its likeliest expression.

        Parameters
        ----------
        crops, batch
            As in `logits`.

        Returns
        -------
        numpy.ndarray
            ``float32 [N, h, w]``, evenly over the crops and coarser than they; negative where a
            place speaks against the expression.

        Raises
        ------
        NetError
            If the crops have another shape or type, or the graph gives no such map.
        """
        if MAP not in (output.name for output in self._session.get_outputs()):
            raise NetError(
                f"The network {self.card.name} gives no map of what its answers come from.",
                "Export it again with mien export, or use a shipped one.",
            )
        return self._run(MAP, crops, batch)

    def _run(self, output: str, crops: NDArray[np.uint8], batch: int) -> NDArray[np.float32]:
        """Give one output of the graph for all crops."""
        if crops.ndim != 3 or crops.shape[1:] != (CROP, CROP) or crops.dtype != np.uint8:
            raise NetError(
                f"Expected crops uint8 [N, {CROP}, {CROP}], got {crops.dtype} {crops.shape}.",
                "Cut them with mien.perception.crop.align.",
            )
        # A batch of none gives the shape of what there is nothing of.
        starts = range(0, max(len(crops), 1), batch)
        faces = np.ascontiguousarray(crops[:, None])
        parts = [
            self._session.run([output], {"faces": faces[start : start + batch]})[0]
            for start in starts
        ]
        return np.concatenate(parts)

    def probabilities(self, crops: NDArray[np.uint8], batch: int = 64) -> NDArray[np.float32]:
        """Give calibrated probabilities, ``float32 [N, 7]``; arguments as in `logits`.

        The logits are divided by the card's temperature (Guo et al. 2017) before the softmax.
        """
        return softmax(self.logits(crops, batch) / np.float32(self.card.temperature))


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn logits ``[N, K]`` into probabilities ``float32 [N, K]`` without overflow."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)
