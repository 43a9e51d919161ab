"""Which networks can form an ensemble."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mien.errors import SettingsError
from mien.models import ModelInfo, names, read_info

MAX_MEMBERS = 5
"""Most networks of an ensemble."""


def check_number(sources: Sequence[str | Path]) -> None:
    """Refuse too few or too many members, and one that is named twice.

    Parameters
    ----------
    sources
        Folders of runs, or networks.

    Raises
    ------
    SettingsError
        If the members cannot form an ensemble.
    """
    if not 2 <= len(sources) <= MAX_MEMBERS:
        raise SettingsError(
            f"Expected 2 to {MAX_MEMBERS} members for an ensemble, got {len(sources)}.",
            "Name the best ones that differ from each other.",
            "sources",
        )
    if len({Path(source).resolve() for source in sources}) < len(sources):
        raise SettingsError(
            "A source is named twice.",
            "Name different members: copies of one network add nothing to an ensemble.",
            "sources",
        )


def check_members(
    nets: Sequence[str | Path], infos: Sequence[ModelInfo], name: str, out: Path
) -> None:
    """Refuse networks that an ensemble's info could not name, or that answer different questions.

    Parameters
    ----------
    nets
        The members, by name or ONNX file.
    infos
        Their infos.
    name, out
        Name of the ensemble, and the folder of its info.

    Raises
    ------
    SettingsError
        If the members cannot form an ensemble.
    """
    for net, info in zip(nets, infos, strict=True):
        if info.members:
            raise SettingsError(
                f"{net} is an ensemble itself.",
                f"Name its members: {', '.join(info.members)}.",
                "sources",
            )
        _check_alike(infos[0], info)
        _check_place(Path(net), info, out)
    member_names = [info.name for info in infos]
    if len(set(member_names)) < len(infos):
        raise SettingsError(
            "Two members have the same name.", "Export one under another name.", "sources"
        )
    if name in member_names:
        raise SettingsError(
            f"The ensemble {name} would replace the info of its member of the same name.",
            "Choose another name.",
            "name",
        )


def _check_alike(first: ModelInfo, info: ModelInfo) -> None:
    """Refuse a member with other classes or another input than the first."""
    if info.classes.names != first.classes.names:
        raise SettingsError(
            f"{first.name} tells apart {first.classes.in_words()}, but {info.name} tells apart"
            f" {info.classes.in_words()}.",
            "Members of an ensemble must have the same classes in the same order.",
            "sources",
        )
    if info.classes != first.classes:
        raise SettingsError(
            f"The classes of {first.name} and {info.name} differ in emoji or colours.",
            "Edit the classes in one of their JSON files.",
            "sources",
        )
    if info.input != first.input:
        raise SettingsError(
            f"{first.name} takes crops of {first.input}, but {info.name} takes {info.input}"
            f"{'' if str(info.input) != str(first.input) else ' with another range or frame'}.",
            "Members of an ensemble must take the same crops.",
            "sources",
        )


def _check_place(net: Path, info: ModelInfo, out: Path) -> None:
    """Refuse a member that the ensemble's info would not find again."""
    shipped = str(net) in names()
    if not shipped and (net.parent.resolve() != out.resolve() or net.stem != info.name):
        renamed = net.stem != info.name
        raise SettingsError(
            f"Expected the member {info.name} in {out / info.name}.onnx, where the ensemble will"
            f" look for it; it is {net}.",
            f"Rename it and its JSON file to {info.name}."
            if renamed
            else f"Put it and its JSON file there, or write the ensemble to {net.parent}.",
            "sources" if renamed else "out",
        )
    beside = out / f"{info.name}.json"
    if shipped and beside.is_file() and read_info(beside).sha256 != info.sha256:
        raise SettingsError(
            f"{out} holds another network called {info.name}, which the ensemble would take for"
            " the member.",
            f"Use another folder, or name {beside.with_suffix('.onnx')} instead.",
            "out",
        )
