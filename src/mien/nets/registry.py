"""The networks that can be trained, by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from mien.errors import NetError
from mien.nets.space import RECIPE, Space

Builder = Callable[..., nn.Sequential]
"""Makes a network with the given options; its last layer is the `nn.Linear` of the logits."""

Option = float | int | bool
"""What one option of a network may be."""

OPTIONS = ("layers", "width", "dense", "normalise", "dropout")
"""Every option that a network may have, by the name of its setting; most have some of them."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """One registered network: float32 ``[batch, 1, 48, 48]`` in, logits ``[batch, 7]`` out."""

    name: str
    summary: str
    options: Mapping[str, Option]
    """The options that it has, some of `OPTIONS`, and what they are unless asked for otherwise."""
    compile_pays: bool
    """Whether torch.compile makes its training step faster on a CPU (benchmarks/training.py)."""
    space: Space
    """What a tuning searches unless told otherwise, some of the options among it."""
    builder: Builder


_ENTRIES: dict[str, Entry] = {}


def register(
    name: str, summary: str, *, space: Space, compile_pays: bool = False, **defaults: Option
) -> Callable[[Builder], Builder]:
    """Register the decorated function as the builder of a network, with its options.

    ``space`` is what a tuning searches of the options, and of `RECIPE` where that does not fit.
    """

    def add(builder: Builder) -> Builder:
        searched = {**RECIPE, **space}
        _ENTRIES[name] = Entry(name, summary, defaults, compile_pays, searched, builder)
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


def options(name: str, recipe: Mapping[str, Any]) -> dict[str, Option]:
    """Pick a network's options out of a recipe: those given there, its own for the rest.

    Parameters
    ----------
    name
        A registered name.
    recipe
        Settings of a training by name; of them, `OPTIONS` that are not None count.

    Raises
    ------
    NetError
        If there is no such network, or it has not an option that the recipe gives.
    """
    found = entry(name)
    given = {key: recipe[key] for key in OPTIONS if recipe.get(key) is not None}
    for key, value in given.items():
        if key not in found.options:
            raise NetError(
                f"The network {name!r} has no {key!r} to choose, but {key} is {value!r}.",
                f"Leave it out; {name} has {', '.join(found.options)}.",
            )
    return {**found.options, **given}


def build(name: str, recipe: Mapping[str, Any] | None = None) -> nn.Sequential:
    """Make a network with fresh weights; arguments and errors as of `options`."""
    return entry(name).builder(**options(name, recipe or {}))
