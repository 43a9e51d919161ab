"""Fetches weights that are too large to be installed with mien, when the user asks for them."""

from __future__ import annotations

import hashlib
import http.client
import urllib.request
from collections.abc import Callable
from pathlib import Path

from mien.errors import NetError
from mien.files import make_folder, write
from mien.weights.card import Card
from mien.weights.shelf import kept_at, megabytes

_SCHEMES = ("https", "http", "file")

_SECONDS = 30
"""Longest silence of a server."""

_CHUNK = 1 << 18

_ELSEWHERE = "Name a folder that you may write to, with room, in MIEN_CACHE."


def fetch(
    card: Card, folder: str, progress: Callable[[int], object] = lambda _: None
) -> Path:
    """Fetch the weights that a card describes, and keep them if they are these.

    They are ONNX, which holds numbers and a graph of known operations: nothing of it is run as a
    program, unlike a pickle.

    Parameters
    ----------
    card
        A network's card; its `sha256` and `size` are what must come.
    folder
        URL (https, http or file) of a folder that holds ``NAME.onnx``.
    progress
        Called with the bytes that have come so far.

    Returns
    -------
    pathlib.Path
        The file in the user's cache; it is not fetched again if it is there and whole.

    Raises
    ------
    NetError
        If the card is that of an ensemble, the URL is none of these or cannot be read, or
        something else came than the card describes.
    SettingsError
        If the cache cannot be written.
    """
    if card.members:
        raise NetError(
            f"{card.name} has no weights of its own.",
            f"Fetch those of its members: {', '.join(card.members)}.",
        )
    kept = kept_at(card)
    if kept.is_file() and hashlib.sha256(kept.read_bytes()).hexdigest() == card.sha256:
        return kept
    if folder.partition(":")[0].lower() not in _SCHEMES:
        raise NetError(
            f"Expected the URL of a folder, got {folder!r}.",
            "Give one that begins with https://, http:// or file:///, with --weights-url or as"
            " weights_url in config.toml.",
        )
    url = f"{folder.rstrip('/')}/{card.name}.onnx"
    weights = _read(url, card, progress)
    if hashlib.sha256(weights).hexdigest() != card.sha256:
        raise NetError(
            f"What came from {url} is not the {card.name} of its card: {megabytes(card)} with the"
            f" SHA-256 {card.sha256[:12]}...",
            "Nothing was kept. Look for the weights of this version of mien.",
        )
    make_folder(kept.parent, _ELSEWHERE)
    write(kept, weights, _ELSEWHERE)
    return kept


def _read(url: str, card: Card, progress: Callable[[int], object]) -> bytes:
    """Read at most a byte more than the card says, so that no server fills the memory."""
    weights = bytearray()
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - see _SCHEMES
            while len(weights) <= card.size:
                chunk = answer.read(min(_CHUNK, card.size + 1 - len(weights)))
                if not chunk:
                    break
                weights += chunk
                progress(len(weights))
    # An answer cut short is no OSError.
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NetError(
            f"Cannot fetch {url}: {error}.",
            "Is the address right, and is the network there? Nothing was kept.",
        ) from error
    return bytes(weights)
