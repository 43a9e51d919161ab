"""Finds networks by name or by file."""

from __future__ import annotations

from pathlib import Path

from mien.errors import NetError
from mien.weights.card import Card

DEFAULT = "mien-s"
"""The network used when none is named."""

_FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """List the shipped networks, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.onnx")))


def onnx_path(net: str | Path) -> Path:
    """Find the ONNX file of a network.

    Parameters
    ----------
    net
        The name of a shipped network, or the path of an ONNX file whose card
        stands beside it.

    Raises
    ------
    NetError
        If there is no such network.
    """
    if str(net) in names():
        return _FOLDER / f"{net}.onnx"
    path = Path(net)
    if path.suffix == ".onnx" and path.is_file():
        return path
    raise NetError(
        f"There is no network {str(net)!r}.",
        f"Use one of {', '.join(names())}, or the path of an ONNX file from `mien export`.",
    )


def read_card(net: str | Path) -> Card:
    """Read the card of a network; `net` is as in `onnx_path`.

    Raises
    ------
    NetError
        If there is no such network, or its card is broken.
    """
    return Card.from_file(onnx_path(net).with_suffix(".json"))
