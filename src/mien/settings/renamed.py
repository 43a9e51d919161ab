"""The names that settings had in earlier versions, which are refused with the new name."""

from __future__ import annotations

from mien.settings.training import RENAMED as _TRAIN

SECTIONS = {"predict": "detect"}
"""The new name of each section by its old one."""

_READING = {"mirror": "flip_tta", "sets": "coverage"}

KEYS = {"train": _TRAIN, "detect": _READING, "evaluate": _READING, "tune.space": _TRAIN}
"""The new name of each key by its old one, for each section."""


def renamed(path: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the new name of a setting, such as ``("train", "ema_decay")``; None if it has none.

    Parameters
    ----------
    path
        The old name, from the outermost section to the key.
    """
    new = (SECTIONS.get(path[0], path[0]), *path[1:])
    *sections, key = new
    new = (*sections, KEYS.get(".".join(sections), {}).get(key, key))
    return new if new != path else None


def renamed_flags() -> dict[str, str]:
    """Return the new name of each flag of the command line by its old one."""
    settings = {_flag(old): _flag(new) for keys in KEYS.values() for old, new in keys.items()}
    return settings | {"--choice": "--selection-note"}


def _flag(key: str) -> str:
    return "--" + key.replace("_", "-")
