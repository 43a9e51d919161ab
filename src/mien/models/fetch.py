"""Downloads the weights of networks that are too large to be installed with mien."""

from __future__ import annotations

import hashlib
import http.client
import urllib.request
from collections.abc import Callable
from pathlib import Path

from mien.errors import NetError
from mien.files import make_folder, write
from mien.models.info import ModelInfo
from mien.models.zoo import cached_path, has_hash, megabytes

_SCHEMES = ("https", "http", "file")

_TIMEOUT = 30
"""Seconds to wait for a server's answer."""

_CHUNK = 1 << 18

_CACHE = "Set MIEN_CACHE to a folder that you may write to, with room on its disk."


def fetch(
    info: ModelInfo,
    folder: str,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Path:
    """Download the weights that an info describes, and keep them if they are the right ones.

    They are ONNX, which holds numbers and a graph of known operations: unlike a pickle, it cannot
    run code.

    Parameters
    ----------
    info
        A network's info, whose `sha256` and `size` the download must have.
    folder
        URL (https, http or file) of a folder that holds ``NAME.onnx``.
    progress
        Called with the bytes received so far and the bytes expected.

    Returns
    -------
    pathlib.Path
        The file in the user's cache; it is not downloaded again if it is there and undamaged.

    Raises
    ------
    NetError
        If the info is that of an ensemble, the URL has another scheme or cannot be read, or the
        download is not what the info describes.
    OutputError
        If the cache cannot be written.
    """
    if info.members:
        raise NetError(
            f"{info.name} has no weights of its own.",
            f"Download those of its members: {', '.join(info.members)}.",
        )
    cached = cached_path(info)
    if cached.is_file() and has_hash(cached, info.sha256):
        return cached
    if folder.partition(":")[0].lower() not in _SCHEMES:
        raise NetError(
            f"Expected the URL of a folder, got {folder!r}.",
            "Use one that begins with https://, http:// or file:///.",
            "weights_url",
        )
    url = f"{folder.rstrip('/')}/{info.name}.onnx"
    weights = _download(url, info, progress)
    if hashlib.sha256(weights).hexdigest() != info.sha256:
        raise NetError(
            f"{url} is not the {info.name} that its info describes: {megabytes(info)} with the"
            f" SHA-256 {info.sha256[:12]}...",
            "Nothing was kept. Look for the weights of this version of mien.",
        )
    make_folder(cached.parent, _CACHE)
    write(cached, weights, _CACHE)
    return cached


def _download(url: str, info: ModelInfo, progress: Callable[[int, int], object]) -> bytes:
    """Read at most one byte more than expected, so that no server can fill the memory."""
    weights = bytearray()
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer:  # noqa: S310 - see _SCHEMES
            while len(weights) <= info.size:
                chunk = answer.read(min(_CHUNK, info.size + 1 - len(weights)))
                if not chunk:
                    break
                weights += chunk
                progress(len(weights), info.size)
    # An answer that was cut short is not an OSError.
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NetError(
            f"Cannot download {url}: {error}.",
            "Check the address and the network connection. Nothing was kept.",
            "weights_url",
        ) from error
    return bytes(weights)
