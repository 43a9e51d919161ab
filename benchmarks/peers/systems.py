"""The systems that are compared: mien's own networks, and its peers from PyPI."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from mien.models import DEFAULT, names
from peers.environments import Recipe

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_PINNED = _HERE / "requirements"


@dataclasses.dataclass(frozen=True)
class System:
    """Something that reads face crops."""

    name: str
    """Its name in the table, and with ``--without``."""
    worker: str
    """What `peers.worker` is told to load."""
    recipe: Recipe
    """The environment that it runs in."""
    notes: tuple[str, ...] = ()
    """What a reader of its row must know."""


def _peer(name: str, steps: tuple[tuple[str, ...], ...], *notes: str) -> System:
    file = _PINNED / f"{name}.txt"
    recipe = Recipe(name, (*steps, ("--requirement", str(file))), (file,))
    return System(name, name, recipe, notes)


def ours() -> list[System]:
    """Return every shipped network, the default first, in one environment with the base install."""
    constraints = _ROOT / "constraints.txt"
    words = ("--constraint", str(constraints), str(_ROOT))
    pins = (_ROOT / "pyproject.toml", constraints)
    recipe = Recipe("mien", (words,), pins, (_ROOT / "src" / "mien",))
    nets = sorted(names(), key=lambda name: (name != DEFAULT, name))
    return [System(name, f"mien:{name}", recipe) for name in nets]


def peers() -> list[System]:
    """Return the peers.

    What their notes say of the training data is what the packages' own descriptions say.
    """
    return [
        _peer(
            "fer",
            (),
            "fer 25.10.3 is run as it is by default, with its quantized TFLite network, whose"
            " batches it reads face by face. Its description names FER-2013 as its data set, and"
            " not which of its faces trained and chose the network: that is unknown.",
            "The pinned environment is what pip takes for fer 25.10.3, CUDA libraries included,"
            " since fer depends on torch 2.2, whose Linux build on PyPI brings them; the classifier"
            " itself never imports it.",
        ),
        _peer(
            "what-the-face-classification",
            (("torch==2.13.0",),),
            "what-the-face-classification 0.0.27 says that it was trained on FER2013 and CK+, and"
            " not which of their faces trained and chose the network: that is unknown.",
            "what-the-face-classification is installed with a CPU build of torch where pip finds"
            " one (its version then ends in +cpu), with setuptools below 81, without which it"
            " does not start, and with OpenCV 4, since OpenCV 5 dropped what it finds faces with.",
        ),
    ]
