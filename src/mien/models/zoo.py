"""Finds networks by name or by file."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path

from mien.errors import NetError, did_you_mean
from mien.files import cache_folder
from mien.models.info import ModelInfo

DEFAULT = "mien-s"
"""The network that is used unless another is named."""

_FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """List the shipped networks in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def info_path(net: str | Path) -> Path:
    """Return the path of a network's info.

    Parameters
    ----------
    net
        Name of a shipped network, or path of an ONNX file or of the JSON file beside it.

    Raises
    ------
    NetError
        If there is no such network.

    Warns
    -----
    UserWarning
        If it is a shipped network, and the current folder has a file of the same name.
    """
    if str(net) in names():
        if (text := about_namesake(str(net))) is not None:
            # With one place to come from, it is shown once however often this is called.
            warnings.warn(text, stacklevel=1)
        return _FOLDER / f"{net}.json"
    path = Path(net)
    if path.suffix in (".onnx", ".json") and path.is_file():
        return path.with_suffix(".json")
    if path.is_dir() and (path / "run.json").is_file():
        raise NetError(
            f"{path} is the folder of a run.",
            "Make a network of it with `mien export`, and name its ONNX file.",
            "net",
        )
    raise NetError(
        f"There is no network {str(net)!r}. {similar_network(net)}".strip(),
        f"Use one of {', '.join(names())}, or the path of an ONNX file from `mien export`.",
        "net",
    )


def about_namesake(net: str) -> str | None:
    """Say that a shipped network is used although the current folder has one of its name."""
    for suffix in (".onnx", ".json"):
        beside = Path(f"{net}{suffix}")
        if beside.is_file() and not beside.resolve().is_relative_to(_FOLDER.resolve()):
            return (
                f"{net} is the network that mien ships; for the file in this folder write"
                f" ./{beside}."
            )
    return None


def shipped_as(sha256: str | None) -> str | None:
    """Return the name of the shipped network with a SHA-256; None if there is none."""
    shipped = {read_info(_FOLDER / f"{name}.json").sha256: name for name in names()}
    return None if sha256 is None else shipped.get(sha256)


def similar_network(net: str | Path) -> str:
    """Suggest a network for a name that is unknown; an empty text if none is similar.

    It is a shipped network with a similar name, or a file of that name whose ending was left out.
    """
    for suffix in (".onnx", ".json"):
        if Path(f"{net}{suffix}").is_file():
            return f"Did you mean '{net}{suffix}'?"
    return did_you_mean(str(net), names())


def read_info(net: str | Path) -> ModelInfo:
    """Read a network's info; `net` is as in `info_path`.

    Raises
    ------
    NetError
        If there is no such network, or its info is damaged.
    """
    return ModelInfo.from_file(info_path(net))


def onnx_paths(net: str | Path, info: ModelInfo) -> tuple[Path, ...]:
    """Return the ONNX files of a network: one, or those of an ensemble's members.

    Parameters
    ----------
    net
        As in `info_path`; for a new ensemble, the path that its info will be written to.
    info
        The network's info. If it has a `sha256`, the file must have the same.

    Raises
    ------
    NetError
        If there is no such network, its weights are not on this machine, or a file is another
        than the one that the info describes.
    """
    if not info.members:
        return (_onnx_path(net, info),)
    folder = _FOLDER if str(net) in names() else Path(net).parent
    return tuple(_member(folder, *member, info) for member in info.members.items())


def cached_path(info: ModelInfo) -> Path:
    """Return where downloaded weights are kept: in the user's cache, by their content."""
    return cache_folder() / "weights" / f"{info.name}-{info.sha256}.onnx"


def megabytes(info: ModelInfo) -> str:
    """Return the size of the weights in words, such as ``"1.4 MB"``."""
    return f"{info.size / 1e6:.1f} MB"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def has_hash(path: Path, sha256: str) -> bool:
    """Return whether a file has the given SHA-256."""
    return sha256_of(path) == sha256


def _onnx_path(net: str | Path, info: ModelInfo) -> Path:
    """Return the file beside the info or in the cache, if it is the one described."""
    beside = Path(net) if Path(net).suffix == ".onnx" else info_path(net).with_suffix(".onnx")
    if beside.is_file():
        if info.sha256 and not has_hash(beside, info.sha256):
            raise NetError(
                f"{beside} is not the network that the info of {info.name} describes: its SHA-256"
                " differs.",
                "Put back the file that was exported together with the info, or export again.",
            )
        return beside
    cached = cached_path(info)
    if not cached.is_file():
        raise NetError(
            f"The weights of {info.name}, {megabytes(info)}, are not on this machine.",
            "Download them once with `mien nets` and its option fetch, or from Python with"
            " mien.models.fetch.",
        )
    if not has_hash(cached, info.sha256):
        raise NetError(
            f"{cached} is no longer what the info of {info.name} describes.",
            "Download it again with `mien nets` and its option fetch, or from Python with"
            " mien.models.fetch.",
        )
    return cached


def _member(folder: Path, name: str, sha256: str, ensemble: ModelInfo) -> Path:
    """Return the file of a member, which is beside the ensemble's info or a shipped network."""
    beside = folder / f"{name}.json"
    net = beside if beside.is_file() else name
    info = read_info(net)
    if info.sha256 != sha256 or info.members:
        raise NetError(
            f"{ensemble.name} was made from another {name} than the one on this machine.",
            f"Make {ensemble.name} again from its members with `mien export`.",
        )
    if (info.classes, info.input) != (ensemble.classes, ensemble.input):
        raise NetError(
            f"The member {name} of {ensemble.name} has other classes or another input than"
            f" {ensemble.name}.",
            f"Make {ensemble.name} again from its members with `mien export`.",
        )
    return _onnx_path(net, info)
