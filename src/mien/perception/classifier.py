"""Runs a network, or several as one, on face crops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.classes import NAMES
from mien.errors import NetError
from mien.models import DEFAULT, ModelInfo, onnx_paths, read_info

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


class Classifier:
    """A network ready to read crops; may be shared between threads.

    Parameters
    ----------
    net
        Name of a shipped network, or path of an ONNX file or of the card beside it. Of a card
        that names members, these are loaded, and their probabilities averaged.
    card
        The network's card; read from the file if None.
    threads
        Threads of ONNX Runtime for one call; None leaves the choice to it.
    mirror
        Read each crop mirrored too, and average the probabilities; takes twice the time.

    Raises
    ------
    NetError
        If there is no such network, or its files do not fit together.
    """

    def __init__(
        self,
        net: str | Path = DEFAULT,
        info: ModelInfo | None = None,
        threads: int | None = None,
        mirror: bool = False,
    ) -> None:
        self.info = info or read_info(net)
        paths = onnx_paths(net, self.info)
        self._graphs = [Graph(path, threads, alone=len(paths) == 1) for path in paths]
        self._ways = (False, True) if mirror else (False,)

    @property
    def name(self) -> str:
        """What reads the crops, as results name it."""
        return f"{self.info.name}, mirrored too" if True in self._ways else self.info.name

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
            ``float32 [N, 7]`` in the order of `mien.Expression`; of several networks, or of
            crops read mirrored too, the logarithms of the mean probabilities.

        Raises
        ------
        NetError
            If the crops have another shape or type.
        """
        _check(crops)
        return _together([logits for logits, in self._read([LOGITS], crops, batch)])

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
            place speaks against the expression. Of several networks, or of crops read mirrored
            too, each explaining its own answer, the mean over those that name the expression which
            all together name; 0 where none does.

        Raises
        ------
        NetError
            If the crops have another shape or type, or the graph gives no such map.
        """
        _check(crops)
        if any(MAP not in graph.outputs for graph in self._graphs):
            raise NetError(
                f"The network {self.info.name} gives no map of what its answers come from.",
                "Export it again with mien export, or use a shipped one.",
            )
        pairs = self._read([LOGITS, MAP], crops, batch)
        if len(pairs) == 1:
            return pairs[0][1]
        return _agreeing([logits for logits, _ in pairs], [maps for _, maps in pairs])

    def probabilities(self, crops: NDArray[np.uint8], batch: int = 64) -> NDArray[np.float32]:
        """Give calibrated probabilities, ``float32 [N, 7]``; arguments as in `logits`.

        The logits are divided by the card's temperature (Guo et al. 2017) before the softmax.
        """
        return softmax(self.logits(crops, batch) / np.float32(self.info.temperature))

    def _read(
        self, outputs: list[str], crops: NDArray[np.uint8], batch: int
    ) -> list[list[NDArray[np.float32]]]:
        """Give each graph's outputs for the crops, and for their mirror images where wanted.

        Maps of mirror images are mirrored back.
        """
        said = []
        for graph in self._graphs:
            for mirrored in self._ways:
                given = graph.run(outputs, crops[:, :, ::-1] if mirrored else crops, batch)
                said.append([_back(each) if mirrored else each for each in given])
        return said


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn logits ``[N, K]`` into probabilities ``float32 [N, K]`` without overflow."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def _check(crops: NDArray[np.uint8]) -> None:
    """Refuse anything but crops."""
    if crops.ndim != 3 or crops.shape[1:] != (CROP, CROP) or crops.dtype != np.uint8:
        raise NetError(
            f"Expected crops uint8 [N, {CROP}, {CROP}], got {crops.dtype} {crops.shape}.",
            "Cut them with mien.perception.align.align.",
        )


def _back(output: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mirror maps ``[N, h, w]`` back; logits ``[N, 7]`` are as they were."""
    return output[:, :, ::-1] if output.ndim == 3 else output


def _together(said: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Give the logarithms of the mean probabilities of networks; a single one's logits."""
    if len(said) == 1:
        return said[0]
    mean = np.mean([softmax(logits) for logits in said], axis=0)
    return np.asarray(np.log(np.maximum(mean, np.finfo(np.float32).tiny)), dtype=np.float32)


def _agreeing(
    said: list[NDArray[np.float32]], maps: list[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Average the maps of those networks that name what all together name."""
    named = _together(said).argmax(axis=1)
    voices = np.stack([logits.argmax(axis=1) == named for logits in said])
    height, width = min(each.shape[1:] for each in maps)
    # All sides are 48 halved some times, so that whole blocks become one place.
    level = np.stack(
        [
            each.reshape(
                len(each), height, each.shape[1] // height, width, each.shape[2] // width
            ).mean(axis=(2, 4))
            for each in maps
        ]
    )
    heard = np.where(voices[..., None, None], level, 0).sum(axis=0)
    return np.asarray(heard / np.maximum(voices.sum(axis=0), 1)[:, None, None], dtype=np.float32)
