"""Finds networks by name or by file."""

from __future__ import annotations

import hashlib
import http.client
import urllib.request
from collections.abc import Callable
from pathlib import Path

from mien.errors import NetError
from mien.files import cache_folder, make_folder, write
from mien.models.info import ModelInfo

DEFAULT = "mien-s"
"""The network used when none is named."""

_FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """List the networks that have a card here, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def info_path(net: str | Path) -> Path:
    """Find the card of a network.

    Parameters
    ----------
    net
        The name of a shipped network, or the path of an ONNX file or of the card beside it.

    Raises
    ------
    NetError
        If there is no such network.
    """
    if str(net) in names():
        return _FOLDER / f"{net}.json"
    path = Path(net)
    if path.suffix in (".onnx", ".json") and path.is_file():
        return path.with_suffix(".json")
    raise NetError(
        f"There is no network {str(net)!r}.",
        f"Use one of {', '.join(names())}, or the path of an ONNX file from `mien export`.",
    )


def read_info(net: str | Path) -> ModelInfo:
    """Read the card of a network; `net` is as in `info_path`.

    Raises
    ------
    NetError
        If there is no such network, or its card is broken.
    """
    return ModelInfo.from_file(info_path(net))


def onnx_paths(net: str | Path, card: ModelInfo) -> tuple[Path, ...]:
    """Find the ONNX files of a network: one, or those of an ensemble's members.

    Parameters
    ----------
    net
        As in `info_path`, or where an ensemble's card will be.
    card
        Its card.

    Raises
    ------
    NetError
        If there is no such network, its weights were not fetched, or a member is another
        network than the ensemble was scored with.
    """
    if not card.members:
        return (_onnx_path(net, card),)
    folder = _FOLDER if str(net) in names() else Path(net).parent
    return tuple(_member(folder, *member, card.name) for member in card.members.items())


def kept_at(card: ModelInfo) -> Path:
    """Name the file that weights are fetched to: in the user's cache, by their content."""
    return cache_folder() / "weights" / f"{card.name}-{card.sha256}.onnx"


def _onnx_path(net: str | Path, card: ModelInfo) -> Path:
    """Find the file beside the card, or in the cache, where it must be the card's own."""
    beside = Path(net) if Path(net).suffix == ".onnx" else info_path(net).with_suffix(".onnx")
    if beside.is_file():
        return beside
    kept = kept_at(card)
    if not kept.is_file():
        raise NetError(
            f"The weights of {card.name}, {megabytes(card)}, are not on this machine.",
            f"Fetch them once with: mien nets --fetch {net}.",
        )
    if hashlib.sha256(kept.read_bytes()).hexdigest() != card.sha256:
        raise NetError(
            f"{kept} is no longer what the card of {card.name} describes.",
            f"Fetch it again with: mien nets --fetch {net}.",
        )
    return kept


def _member(folder: Path, name: str, sha256: str, ensemble: str) -> Path:
    """Find a member beside the ensemble's card, or among the shipped networks."""
    beside = folder / f"{name}.json"
    net = beside if beside.is_file() else name
    card = read_info(net)
    if card.sha256 != sha256 or card.members:
        raise NetError(
            f"{ensemble} was made of another {name} than the one that is here.",
            f"Make it again with: mien export NETWORK NETWORK --name {ensemble}.",
        )
    return _onnx_path(net, card)


def megabytes(card: ModelInfo) -> str:
    """Say how large the weights are."""
    return f"{card.size / 1e6:.1f} MB"


_SCHEMES = ("https", "http", "file")

_SECONDS = 30
"""Longest silence of a server."""

_CHUNK = 1 << 18

_ELSEWHERE = "Name a folder that you may write to, with room, in MIEN_CACHE."


def fetch(
    card: ModelInfo, folder: str, progress: Callable[[int], object] = lambda _: None
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


def _read(url: str, card: ModelInfo, progress: Callable[[int], object]) -> bytes:
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
