"""Runs one ONNX graph on face crops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.errors import NetError
from mien.expression import NAMES

CROP = 48
"""Height and width in pixels of the crops that the networks read."""

LOGITS = "logits"
MAP = "activation_map"


class Graph:
    """A graph ready to read crops; may be shared between threads.

    Parameters
    ----------
    path
        An ONNX file.
    threads
        Threads of ONNX Runtime for one call; None leaves the choice to it.
    alone
        Whether no other graph runs in turn with this one. If one does, threads that wait for
        work must not keep the processor busy: it slows the other down (dev/LOG.md).

    Raises
    ------
    NetError
        If it cannot be loaded, or does not take crops and give seven logits.
    """

    def __init__(self, path: Path, threads: int | None, alone: bool = True) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        if threads is not None:
            options.intra_op_num_threads = threads
        if not alone:
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
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

    @property
    def outputs(self) -> list[str]:
        """What the graph gives, by name."""
        return [output.name for output in self._session.get_outputs()]

    def run(
        self, outputs: list[str], crops: NDArray[np.uint8], batch: int
    ) -> list[NDArray[np.float32]]:
        """Give outputs, by their names, for all crops; each is ``float32 [N, ...]``.

        The crops, ``uint8 [N, 48, 48]``, go through the graph a batch at a time; N may be 0.
        """
        faces = np.ascontiguousarray(crops[:, None])
        # A batch of none gives the shape of what there is nothing of.
        parts = [
            self._session.run(outputs, {"faces": faces[start : start + batch]})
            for start in range(0, max(len(crops), 1), batch)
        ]
        return [np.concatenate(each) for each in zip(*parts, strict=True)]
