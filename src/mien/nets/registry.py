"""The networks that can be trained, by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from mien.classes import FER2013
from mien.errors import NetError, did_you_mean
from mien.models.info import FER2013_INPUT, InputSpec
from mien.nets.space import RECIPE, Space

Builder = Callable[..., nn.Sequential]
"""Makes a network of an `InputSpec`, a number of classes and options given by name; its last layer
is the `nn.Linear` of the logits."""

Option = float | int | bool
"""Value of one option of a network."""

OPTIONS = ("layers", "width", "dense", "normalise", "dropout")
"""Every option that a network may have, by the name of its setting; most have only some."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """One registered network.

    It takes ``float32 [batch, channels, height, width]``, 0 to 1, and returns logits ``[batch,
    classes]``.
    """

    name: str
    summary: str
    options: Mapping[str, Option]
    """The options that it has, a subset of `OPTIONS`, with their defaults."""
    compile_pays: bool
    """Whether torch.compile speeds its training up on a CPU (benchmarks/training.py)."""
    space: Space
    """What a tuning searches by default."""
    builder: Builder


_ENTRIES: dict[str, Entry] = {}


def register(
    name: str, summary: str, *, space: Space, compile_pays: bool = False, **defaults: Option
) -> Callable[[Builder], Builder]:
    """Register the decorated function as the builder of a network, with its options.

    Parameters
    ----------
    name
        What the network is called.
    summary
        One sentence for a list of networks.
    space
        What a tuning searches of the options; it also overrides ranges of `RECIPE`.
    compile_pays
        Whether torch.compile speeds its training up on a CPU.
    **defaults
        Its options with their defaults.
    """

    def add(builder: Builder) -> Builder:
        searched = {**RECIPE, **space}
        _ENTRIES[name] = Entry(name, summary, defaults, compile_pays, searched, builder)
        return builder

    return add


def entries() -> tuple[Entry, ...]:
    """Return the registered networks: the study's in its order, then mien's own."""
    return tuple(_ENTRIES.values())


def entry(name: str) -> Entry:
    """Return a registered network.

    Raises
    ------
    NetError
        If no network has that name.
    """
    try:
        return _ENTRIES[name]
    except KeyError:
        raise NetError(
            f"There is no network {name!r} to train. {did_you_mean(name, _ENTRIES)}".strip(),
            f"Use one of {', '.join(_ENTRIES)}.",
            "net",
        ) from None


def options(name: str, recipe: Mapping[str, Any]) -> dict[str, Option]:
    """Return a network's options: those set in a recipe, and its defaults for the others.

    Parameters
    ----------
    name
        A registered name.
    recipe
        Settings of a training by name; only `OPTIONS` that are not None count.

    Raises
    ------
    NetError
        If there is no such network, or it does not have an option that the recipe sets.
    """
    network = entry(name)
    given = {key: recipe[key] for key in OPTIONS if recipe.get(key) is not None}
    for key, value in given.items():
        if key not in network.options:
            raise NetError(
                f"The network {name!r} has no option {key!r}, but {key} is set to {value!r}.",
                f"Leave it out; the options of {name} are {', '.join(network.options)}.",
                key,
            )
    return {**network.options, **given}


def build(
    name: str,
    recipe: Mapping[str, Any] | None = None,
    *,
    spec: InputSpec = FER2013_INPUT,
    classes: int = len(FER2013),
) -> nn.Sequential:
    """Make a network with fresh random weights.

    Parameters
    ----------
    name, recipe
        As in `options`.
    spec
        The input: its size and channels.
    classes
        Number of logits.

    Raises
    ------
    NetError
        As in `options`.
    """
    return entry(name).builder(spec, classes, **options(name, recipe or {}))
