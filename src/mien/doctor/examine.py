"""Makes the whole examination."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from mien.doctor.cache import cache
from mien.doctor.checks import Check, Examination, Section
from mien.doctor.devices import devices
from mien.doctor.folders import folders
from mien.doctor.machine import machine
from mien.doctor.privacy import without_private


def examine(
    networks: Sequence[str | Path] = (), *, cameras: bool = True, thorough: bool = False
) -> Examination:
    """Look at this installation and machine; nothing is sent anywhere.

    Parameters
    ----------
    networks
        Networks of the user's to check, as paths of ONNX files.
    cameras
        Whether to open the cameras for a moment, which lights their lamps.
    thorough
        Whether to check all cached data sets, however large.
    """
    from mien.doctor import networks as nets
    from mien.doctor import packages

    parts: dict[str, Callable[[], Iterable[Check]]] = {
        "Versions": packages.versions,
        "Machine": machine,
        "Networks": partial(nets.networks, [Path(net) for net in networks]),
        "Reading": nets.reading,
        "Cache": partial(cache, thorough),
        "Extras": packages.extras,
        "Devices and formats": partial(devices, cameras),
        "Folders": folders,
    }
    return Examination(tuple(_section(title, look) for title, look in parts.items()))


def _section(title: str, look: Callable[[], Iterable[Check]]) -> Section:
    """Look at one part; what it cannot look at counts as broken."""
    checks: list[Check] = []
    try:
        checks.extend(look())
    # Broad on purpose: whatever is wrong with a machine must not keep the rest from being shown.
    except Exception as error:
        kind = type(error).__name__
        problem = f"{title} could not be looked at to the end: {kind}: {error}."
        fix = "Report this, with the rest of what is shown here."
        checks.append(Check(title.lower(), "failed", "broken", problem, fix))
    return Section(title, tuple(map(without_private, checks)))
