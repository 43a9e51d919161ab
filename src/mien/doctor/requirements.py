"""Reads which packages mien needs, and compares them with those that are installed."""

from __future__ import annotations

import dataclasses
import functools
import importlib.metadata
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import Requirement

import mien


@dataclasses.dataclass(frozen=True)
class Lack:
    """A package that is missing, or that has another version than mien needs."""

    package: str
    needed: str
    version: str | None

    def __str__(self) -> str:
        if self.version is None:
            return f"{self.package} is not installed"
        return f"{self.package} is {self.version}, but has to be {self.needed}"


def lacks(wanted: Iterable[Requirement]) -> list[Lack]:
    """List the packages that are missing, or that have another version than needed."""
    found = [(need, version_of(need.name)) for need in wanted]
    return [
        Lack(need.name, str(need.specifier), version)
        for need, version in found
        if version is None or not need.specifier.contains(version, prereleases=True)
    ]


def version_of(package: str) -> str | None:
    """Return the version of a package without importing it; None if it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


@functools.cache
def requirements() -> dict[str, tuple[Requirement, ...]]:
    """Return the packages that mien needs by extra; those that it always needs under "".

    They come from pyproject.toml in a checkout of the source code, where what pip wrote at the
    installation may be outdated, and otherwise from the installed package.
    """
    project = _project()
    if project is None:
        return _of_installation(importlib.metadata.requires("mien") or [])
    groups = {"": project["dependencies"], **project["optional-dependencies"]}
    return {name: tuple(map(Requirement, texts)) for name, texts in groups.items()}


def _project() -> dict[str, dict[str, list[str]]] | None:
    """Read the checkout's pyproject.toml; None if mien does not run from a checkout."""
    folder = Path(mien.__file__).resolve().parents[2]
    try:
        content = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    project = content.get("project", {})
    return project if project.get("name") == "mien" else None


def _of_installation(texts: Iterable[str]) -> dict[str, tuple[Requirement, ...]]:
    groups: dict[str, list[Requirement]] = {"": []}
    for text in texts:
        need = Requirement(text)
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", str(need.marker or ""))
        groups.setdefault(extra[1] if extra else "", []).append(need)
    return {name: tuple(needs) for name, needs in groups.items()}


def of_extra(extra: str) -> Iterator[Requirement]:
    """Yield the packages of an extra, and of the extras that it consists of."""
    for need in requirements().get(extra, ()):
        if need.name == "mien":
            for part in sorted(need.extras):
                yield from of_extra(part)
        else:
            yield need
