"""Runs a network, or an ensemble of several, on face crops."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.cores import usable_cores
from mien.errors import NetError
from mien.models import DEFAULT, ModelInfo, onnx_paths, read_info
from mien.models.answers import LABEL_LOGITS, LABEL_MAP, MAP, Labels
from mien.models.graph import output_names, with_outputs
from mien.models.runtime import open_session
from mien.perception.split import SplitRunner

SMALL = 100_000_000
"""Multiply-adds of a face below which one thread reads few crops in 8 bits fastest. mien-s-int8, of
54 million, takes 0.37 ms with one and 0.38 ms with two, least of many on a busy machine;
mien-b-int8 has 343 million."""

_TYPES = {"tensor(uint8)": np.uint8, "tensor(float)": np.float32}


class Graph:
    """An ONNX graph, ready to read crops; may be shared between threads.

    Its input is ``uint8`` or ``float`` ``[batch, C, H, W]``, under any name; the first output is
    the logits, ``[batch, K]``, and one called `MAP` the activation map. A graph with a mixed
    answer gives that first, and `LABEL_LOGITS` and `LABEL_MAP` to FER-2013's labels alone.

    Parameters
    ----------
    path
        An ONNX file.
    info
        What the network takes and tells apart, and which of its answers is wanted; the graph is
        checked against it.
    threads
        Threads of ONNX Runtime for one call; None leaves the choice to it.

    Raises
    ------
    NetError
        If it cannot be loaded, or does not fit the info.
    """

    def __init__(self, path: Path, info: ModelInfo, threads: int | None = None) -> None:
        self._spec = info.input
        # In 8 bits, the threads of a small network wait for each other longer than they work.
        alone_faster = threads is None and "int8" in info.recipe and info.macs < SMALL
        self._opened_with = path, 1 if alone_faster else threads
        names = _output_names(path)
        logits, self._map = (
            (LABEL_LOGITS, LABEL_MAP) if info.labels == "fer2013" else (names[0], MAP)
        )
        if logits not in names:
            raise NetError(
                f"{path} has no answer to FER-2013's labels alone, as its info says.",
                "Use an ONNX file and the JSON file beside it as mien export wrote them.",
            )
        self._logits = logits
        self.has_map = self._map in names
        """Whether the graph returns activation maps."""
        # ONNX Runtime computes all outputs, so an answer and its map have a session each.
        self._session = _session(path, [logits], self._opened_with[1])
        self._map_session: Any = None
        self._split = SplitRunner(threads or usable_cores(), self._single)
        self._lock = threading.Lock()
        self._check(path, info)
        taken = self._session.get_inputs()[0]
        self._input: str = taken.name
        self._type = _TYPES[taken.type]

    def _check(self, path: Path, info: ModelInfo) -> None:
        """Refuse a graph that does not take what the info says, or tells other classes apart."""
        inputs, logits = self._session.get_inputs(), self._session.get_outputs()[0]
        size = [self._spec.channels, self._spec.height, self._spec.width]
        fits = (
            len(inputs) == 1
            and inputs[0].type in _TYPES
            and _fits(inputs[0].shape, [None, *size])
            and _fits(logits.shape, [None, len(info.classes)])
        )
        if not fits:
            got = ", ".join(f"{one.type} {one.shape}" for one in inputs)
            raise NetError(
                f"Expected a network from uint8 or float [batch, {', '.join(map(str, size))}] to"
                f" {len(info.classes)} logits, as its info says, got {got} to {logits.shape} in"
                f" {path}.",
                "Use an ONNX file and the JSON file beside it as mien export wrote them.",
            )

    def run(
        self, crops: NDArray[np.uint8], batch: int, with_maps: bool = False
    ) -> list[NDArray[np.float32]]:
        """Return the logits of all crops, ``float32 [N, K]``, and their maps if asked for.

        Parameters
        ----------
        crops
            ``uint8 [N, H, W]`` or ``[N, H, W, 3]``; N may be 0.
        batch
            Crops that go through the graph at once.
        with_maps
            Whether to return maps too, ``float32 [N, h, w]``.
        """
        outputs = [self._logits, self._map] if with_maps else [self._logits]
        if not with_maps and self._split.pays(len(crops), batch):
            parts = self._split.run(crops, batch, self._run_part)
        else:
            session = self._with_map() if with_maps else self._session
            # An empty batch still returns the outputs' shapes.
            parts = [
                self._computed(session, outputs, crops[start : start + batch])
                for start in range(0, max(len(crops), 1), batch)
            ]
        return [np.concatenate(output) for output in zip(*parts, strict=True)]

    def _single(self) -> Any:
        """Return a session that computes the answer in the thread that calls it."""
        path, threads = self._opened_with
        return self._session if threads == 1 else _session(path, [self._logits], 1)

    def _run_part(self, session: Any, crops: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Return the logits of some crops as the only entry of a list."""
        return self._computed(session, [self._logits], crops)

    def _computed(
        self, session: Any, outputs: list[str], crops: NDArray[np.uint8]
    ) -> list[NDArray[np.float32]]:
        """Return outputs for some crops; what ONNX Runtime raises becomes a sentence."""
        try:
            computed: list[NDArray[np.float32]] = session.run(
                outputs, {self._input: self._prepared(crops)}
            )
        # Its exceptions derive from Exception alone, without a common base class.
        except Exception as error:
            path = self._opened_with[0]
            raise NetError(
                f"ONNX Runtime cannot run {path}: {error}.",
                "Export the network again with mien export.",
            ) from error
        return computed

    def _with_map(self) -> Any:
        """Return the session that computes maps too, opened when the first is asked for."""
        with self._lock:
            if self._map_session is None:
                path, threads = self._opened_with
                self._map_session = _session(path, [self._logits, self._map], threads)
            return self._map_session

    def _prepared(self, crops: NDArray[np.uint8]) -> NDArray[Any]:
        """Return crops as the graph takes them: channels first, in its type and range."""
        planes = crops[:, None] if crops.ndim == 3 else crops.transpose(0, 3, 1, 2)
        if self._type is np.uint8:
            return np.ascontiguousarray(planes)
        low, high = self._spec.range
        scaled = planes.astype(np.float32) * np.float32((high - low) / 255) + np.float32(low)
        return np.ascontiguousarray(scaled)


class Classifier:
    """A network ready to read crops; may be shared between threads.

    Parameters
    ----------
    net
        Name of a shipped network, or path of an ONNX file or of the info beside it. If the info
        names members, these are loaded, and their probabilities averaged.
    info
        The network's info; read from the file if None.
    threads
        Threads of ONNX Runtime for one call; None leaves the choice to it.
    flip_tta
        Read each crop mirrored too, and average the probabilities (flip test-time augmentation);
        takes twice the time.
    labels
        Which answer is wanted of a network that has two: ``"mixed"`` is FER-2013's labels mixed
        with what FER+'s taggers saw, which fits photos of other people better; ``"fer2013"`` is
        the labels alone. None is the network's default, mixed if it can.

    Raises
    ------
    NetError
        If there is no such network, or its files do not fit together.
    SettingsError
        If the network has no such answer.
    """

    def __init__(
        self,
        net: str | Path = DEFAULT,
        info: ModelInfo | None = None,
        threads: int | None = None,
        flip_tta: bool = False,
        labels: Labels | None = None,
    ) -> None:
        full = info or read_info(net)
        self.info = full.with_labels(labels)
        self._other_answer = self.info.labels != full.labels
        paths = onnx_paths(net, self.info)
        self._graphs = [Graph(path, self.info, threads) for path in paths]
        self._flips = (False, True) if flip_tta else (False,)

    @property
    def name(self) -> str:
        """What reads the crops, as results name it."""
        answer = f" ({self.info.labels} labels)" if self._other_answer else ""
        return f"{self.info.name}{answer}{' with flip TTA' if True in self._flips else ''}"

    @property
    def explains(self) -> bool:
        """Whether `maps` can say which places an answer came from."""
        return all(graph.has_map for graph in self._graphs)

    def logits(self, crops: NDArray[np.uint8], batch: int = 64) -> NDArray[np.float32]:
        """Return the network's raw outputs, before temperature and softmax.

        Parameters
        ----------
        crops
            ``uint8 [N, H, W]`` if the network takes gray crops, else RGB ``uint8 [N, H, W, 3]``,
            of the size in its info; N may be 0.
        batch
            Crops that go through the network at once.

        Returns
        -------
        numpy.ndarray
            ``float32 [N, K]`` in the order of the info's classes; for an ensemble, or with
            ``flip_tta``, the logarithms of the mean probabilities.

        Raises
        ------
        NetError
            If the crops have another shape or type.
        """
        self._check(crops)
        return _averaged([logits for logits, in self._run(crops, batch)])

    def maps(self, crops: NDArray[np.uint8], batch: int = 64) -> NDArray[np.float32]:
        """Return what each place on each crop adds to the logit of its likeliest class.

        Parameters
        ----------
        crops, batch
            As in `logits`.

        Returns
        -------
        numpy.ndarray
            ``float32 [N, h, w]``, evenly over the crops and coarser than they; negative where a
            place speaks against the class. For an ensemble, or with ``flip_tta``, where every
            member explains its own answer, the mean over the members whose answer is the
            ensemble's, on the coarsest of their grids; 0 where there is no such member.

        Raises
        ------
        NetError
            If the crops have another shape or type, or the network has no such maps.
        """
        self._check(crops)
        if not self.explains:
            raise NetError(
                f"The network {self.info.name} has no heat maps of what its answers come from.",
                "Export it again with mien export, or use a shipped network.",
            )
        pairs = self._run(crops, batch, with_maps=True)
        if len(pairs) == 1:
            return pairs[0][1]
        return _agreeing([logits for logits, _ in pairs], [maps for _, maps in pairs])

    def probabilities(self, crops: NDArray[np.uint8], batch: int = 64) -> NDArray[np.float32]:
        """Return calibrated probabilities, ``float32 [N, K]``; arguments as in `logits`.

        The logits are divided by the info's temperature (Guo et al. 2017) before the softmax.
        """
        return softmax(self.logits(crops, batch) / np.float32(self.info.temperature))

    def _check(self, crops: NDArray[np.uint8]) -> None:
        """Refuse anything but crops of the network's input."""
        shape = self.info.input.crop_shape
        if crops.shape[1:] != shape or crops.dtype != np.uint8:
            size = ", ".join(map(str, shape))
            raise NetError(
                f"Expected crops uint8 [N, {size}], got {crops.dtype} {list(crops.shape)}.",
                "Cut them with mien.perception.align.align and the network's input.",
            )

    def _run(
        self, crops: NDArray[np.uint8], batch: int, with_maps: bool = False
    ) -> list[list[NDArray[np.float32]]]:
        """Return the outputs of each graph, and those for the mirrored crops if asked for.

        Maps of mirrored crops are mirrored back.
        """
        outputs = []
        for graph in self._graphs:
            for flip in self._flips:
                run = graph.run(crops[:, :, ::-1] if flip else crops, batch, with_maps)
                outputs.append([_mirrored_back(one) if flip else one for one in run])
        return outputs


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn logits ``[N, K]`` into probabilities ``float32 [N, K]`` without overflow."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def _output_names(path: Path) -> list[str]:
    """Return the names of a graph's outputs, at least one."""
    try:
        names = output_names(path.read_bytes())
    except ValueError:
        names = []
    if not names:
        raise NetError(
            f"ONNX Runtime cannot load {path}: it is not an ONNX graph with outputs.",
            "Export the network again with mien export.",
        )
    return names


def _session(path: Path, outputs: list[str], threads: int | None) -> Any:
    """Load what computes some outputs of a graph into ONNX Runtime, which has no types."""
    whole = path.read_bytes()
    try:
        part = with_outputs(whole, outputs)
        # By its path, a graph finds weights in files beside it.
        session = open_session(path if part is whole else part, threads)
        # Names that are not UTF-8 are found out when they are asked for.
        _ = [(one.name, one.shape) for one in (*session.get_inputs(), *session.get_outputs())]
        return session
    # ONNX Runtime's exceptions have no common base class; a graph cut off inside is a ValueError.
    except Exception as error:
        raise NetError(
            f"ONNX Runtime cannot load {path}: {error}.",
            "Export the network again with mien export.",
        ) from error


def _fits(shape: list[int | str | None], expected: list[int | None]) -> bool:
    """Return whether a graph's shape, where names stand for any size, allows the expected one.

    None, for the batch, is a size that must be free.
    """
    return len(shape) == len(expected) and all(
        not isinstance(size, int) or size == number
        for size, number in zip(shape, expected, strict=True)
    )


def _mirrored_back(output: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mirror maps ``[N, h, w]`` back; logits ``[N, K]`` stay as they are."""
    return output[:, :, ::-1] if output.ndim == 3 else output


def _averaged(members: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the logarithms of the mean probabilities of members; a single one's logits."""
    if len(members) == 1:
        return members[0]
    mean = np.mean([softmax(logits) for logits in members], axis=0)
    return np.asarray(np.log(np.maximum(mean, np.finfo(np.float32).tiny)), dtype=np.float32)


def _agreeing(
    members: list[NDArray[np.float32]], maps: list[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Average the maps of those members whose answer is the one of all together."""
    answer = _averaged(members).argmax(axis=1)
    agrees = np.stack([logits.argmax(axis=1) == answer for logits in members])
    height = min(grid.shape[1] for grid in maps)
    width = min(grid.shape[2] for grid in maps)
    level = np.stack([_coarser(grid, height, width) for grid in maps])
    total = np.where(agrees[..., None, None], level, 0).sum(axis=0)
    return np.asarray(total / np.maximum(agrees.sum(axis=0), 1)[:, None, None], dtype=np.float32)


def _coarser(maps: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Average maps ``[N, h, w]`` down to ``[N, height, width]`` by area."""
    number, old_height, old_width = maps.shape
    if old_height % height == 0 and old_width % width == 0:
        blocks = (number, height, old_height // height, width, old_width // width)
        return np.asarray(maps.reshape(blocks).mean(axis=(2, 4)))
    resized = [
        cv2.resize(one, (width, height), interpolation=cv2.INTER_AREA) for one in maps
    ]
    return np.asarray(resized, np.float32).reshape(number, height, width)
