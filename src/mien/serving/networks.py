"""The networks that the server reads with: loaded when first asked for, then kept."""

from __future__ import annotations

import threading

from mien.errors import NetError
from mien.models import ModelInfo, names, onnx_paths, read_info
from mien.serving.batching import SharedReader


class Networks:
    """The shipped networks by name, and the one that the server was started with.

    A request can name no other, so that it cannot reach a file of the server's machine.

    Parameters
    ----------
    default
        Name of a shipped network, or path of an ONNX file.
    max_megapixels
        Larger pictures are refused.

    Raises
    ------
    NetError
        If there is no such network, or its files do not fit together.
    """

    def __init__(self, default: str, max_megapixels: float) -> None:
        self._max_megapixels = max_megapixels
        self._lock = threading.Lock()
        first = self._load(default)
        self.default = first.info.name
        """Name of the network that reads unless a request names another."""
        self._readers = {self.default: first}

    @property
    def names(self) -> tuple[str, ...]:
        """Names that a request can give, the default first."""
        return tuple(dict.fromkeys((self.default, *names())))

    def reader(self, name: str | None = None, min_confidence: float = 0.0) -> SharedReader:
        """Return a reader; loading its network takes a moment the first time.

        Raises
        ------
        NetError
            If there is no such network, or its weights are not on this machine.
        """
        name = name or self.default
        if name not in self.names:
            raise NetError(
                f"There is no network {name[:40]!r}.", f"Use one of {', '.join(self.names)}.", "net"
            )
        reader = self._readers.get(name)
        if reader is None:
            # Only who needs another network waits for it.
            with self._lock:
                reader = self._readers.get(name) or self._load(name)
                self._readers[name] = reader
        return reader.with_min_confidence(min_confidence)

    def infos(self) -> dict[str, tuple[ModelInfo, bool]]:
        """Return what each network is, and whether its weights are on this machine."""
        infos = {name: read_info(name) for name in self.names if name != self.default}
        default = self._readers[self.default].info
        return {
            self.default: (default, True),
            **{name: (info, _is_here(name, info)) for name, info in infos.items()},
        }

    def _load(self, net: str) -> SharedReader:
        # Pictures are read on all processors at once, each on one: more threads for each would
        # wait for one another, and ONNX Runtime's keep a processor busy while they do.
        return SharedReader(net, max_megapixels=self._max_megapixels, threads=1)


def _is_here(name: str, info: ModelInfo) -> bool:
    """Return whether a network's weights are on this machine."""
    try:
        onnx_paths(name, info)
    except NetError:
        return False
    return True
