"""The networks that can be trained, by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from torch import nn

from mien.errors import NetError

Builder = Callable[[float], nn.Sequential]
"""Makes a network with the given dropout; its last layer is the `nn.Linear` of the logits."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """One registered network: float32 ``[batch, 1, 48, 48]`` in, logits ``[batch, 7]`` out."""

    name: str
    summary: str
    dropout: float
    """Dropout unless another is asked for."""
    compile_pays: bool
    """Whether torch.compile makes its training step faster on a CPU (benchmarks/training.py)."""
    builder: Builder


_ENTRIES: dict[str, Entry] = {}


def register(
    name: str, summary: str, *, dropout: float = 0.0, compile_pays: bool = False
) -> Callable[[Builder], Builder]:
    """Register the decorated function as the builder of a network."""

    def add(builder: Builder) -> Builder:
        _ENTRIES[name] = Entry(name, summary, dropout, compile_pays, builder)
        return builder

    return add


def entries() -> tuple[Entry, ...]:
    """List the registered networks: the study's in its order, then mien's own."""
    return tuple(_ENTRIES.values())


def entry(name: str) -> Entry:
    """Find a registered network.

    Raises
    ------
    NetError
        If there is none of that name.
    """
    try:
        return _ENTRIES[name]
    except KeyError:
        raise NetError(
            f"There is no network {name!r} to train.", f"Use one of {', '.join(_ENTRIES)}."
        ) from None


def build(name: str, dropout: float | None = None) -> nn.Sequential:
    """Make a network with fresh weights.

    Parameters
    ----------
    name
        A registered name.
    dropout
        Share of values dropped, 0 to 1; the network's own default if None.

    Raises
    ------
    NetError
        If there is no such network.
    """
    found = entry(name)
    return found.builder(found.dropout if dropout is None else dropout)
