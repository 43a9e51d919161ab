"""Finds networks by name or by file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mien.cache import cache_folder
from mien.errors import NetError
from mien.weights.card import Card

DEFAULT = "mien-s"
"""The network used when none is named."""

_FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """List the networks that have a card here, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def card_path(net: str | Path) -> Path:
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


def read_card(net: str | Path) -> Card:
    """Read the card of a network; `net` is as in `card_path`.

    Raises
    ------
    NetError
        If there is no such network, or its card is broken.
    """
    return Card.from_file(card_path(net))


def onnx_paths(net: str | Path, card: Card) -> tuple[Path, ...]:
    """Find the ONNX files of a network: one, or those of an ensemble's members.

    Parameters
    ----------
    net
        As in `card_path`, or where an ensemble's card will be.
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


def kept_at(card: Card) -> Path:
    """Name the file that weights are fetched to: in the user's cache, by their content."""
    return cache_folder() / "weights" / f"{card.name}-{card.sha256}.onnx"


def _onnx_path(net: str | Path, card: Card) -> Path:
    """Find the file beside the card, or in the cache, where it must be the card's own."""
    beside = Path(net) if Path(net).suffix == ".onnx" else card_path(net).with_suffix(".onnx")
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
    card = read_card(net)
    if card.sha256 != sha256 or card.members:
        raise NetError(
            f"{ensemble} was made of another {name} than the one that is here.",
            f"Make it again with: mien export NETWORK NETWORK --name {ensemble}.",
        )
    return _onnx_path(net, card)


def megabytes(card: Card) -> str:
    """Say how large the weights are."""
    return f"{card.size / 1e6:.1f} MB"
