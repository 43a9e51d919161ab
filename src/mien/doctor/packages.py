"""Looks at the installed packages: those that mien needs, and its extras."""

from __future__ import annotations

import base64
import hashlib
import importlib
import importlib.metadata
import platform
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.requirements import Requirement

import mien
from mien.doctor.checks import Check
from mien.doctor.requirements import Lack, lacks, of_extra, requirements, version_of
from mien.errors import how_to_install
from mien.words import counted

PURPOSES = {
    "train": "training and export",
    "heic": "an iPhone's photos",
    "video": "clips: reading and writing them",
    "serve": "mien serve, mien webcam and the client",
    "audit": "label errors in mien data audit",
    "tune": "mien tune",
    "tune-postgresql": "mien tune on several machines",
    "batch": "millions of pictures, in shards",
    "batch-s3": "shards on S3",
    "batch-ray": "shards read by many machines",
    "demo": "the demo's photo",
}
"""What each extra is for, in the order shown. The extra dev, for mien's authors, is left out."""

IMPORTED = {"numpy": "numpy", "opencv-python-headless": "cv2", "onnxruntime": "onnxruntime",
            "pillow": "PIL"}  # fmt: skip
"""The compiled packages that reading needs, with the module of each."""

_ALSO_SHOWN = ("torch", "av")


def versions() -> Iterator[Check]:
    """Look at mien, Python, and the packages that reading needs."""
    yield Check("mien", mien.__version__)
    yield _installed_files()
    bits = 64 if sys.maxsize > 1 << 32 else 32
    yield Check("Python", f"{platform.python_version()}, {bits} bits, {sys.implementation.name}")
    required = requirements()[""]
    for requirement in required:
        yield _package(requirement)
    for package in _ALSO_SHOWN:
        if (version := version_of(package)) is not None:
            yield Check(package, version)


def extras() -> Iterator[Check]:
    """Look at mien's extras: which are installed, what each is for, and how to install it."""
    wanted = requirements()
    for extra, purpose in PURPOSES.items():
        if extra in wanted:
            yield _extra(extra, purpose, lacks(of_extra(extra)))


def _extra(extra: str, purpose: str, lacking: Sequence[Lack]) -> Check:
    if not lacking:
        return Check(extra, f"installed; for {purpose}")
    return Check(
        extra,
        f"not installed; for {purpose}",
        "note",
        f"Not available: {purpose} ({', '.join(map(str, lacking))}).",
        how_to_install(extra),
    )


def _package(need: Requirement) -> Check:
    """Look at a package that mien always needs; the compiled ones are imported."""
    version = version_of(need.name)
    fix = f"Install it again with: pip install --force-reinstall '{need.name}{need.specifier}'."
    for lack in lacks([need]):
        problem = f"Nothing can be read: {lack}."
        return Check(need.name, version or "not installed", "broken", problem, fix)
    assert version is not None
    if need.name in IMPORTED and (problem := _import_problem(IMPORTED[need.name])):
        return Check(need.name, version, "broken", f"Nothing can be read: {problem}", fix)
    return Check(need.name, version)


def _import_problem(module: str) -> str:
    """Import a module; return why that fails, or nothing."""
    try:
        importlib.import_module(module)
    # Broad on purpose: a library of the system that is missing raises OSError, ImportError or,
    # from compiled code, whatever its authors chose.
    except Exception as error:
        return f"{module} cannot be imported ({error})."
    return ""


def _installed_files() -> Check:
    """Compare mien's files with the hashes that pip keeps of them."""
    name = "files of mien"
    installed = [
        file
        for file in importlib.metadata.files("mien") or ()
        if file.hash is not None and file.parts[0] == "mien"
    ]
    if not installed:
        return Check(name, "a checkout of the source code; not checked")
    changed = [str(file) for file in installed if not _is_unchanged(file)]
    if not changed:
        return Check(name, f"{len(installed):,}, all as installed")
    shown = ", ".join(changed[:3]) + (", ..." if len(changed) > 3 else "")
    return Check(
        name,
        f"{len(installed):,}, of which {counted(len(changed), 'is', 'are')} not as installed",
        "broken",
        f"Files are missing or were changed since the installation: {shown}.",
        "To reinstall mien, use pip's option --force-reinstall.",
    )


def _is_unchanged(file: importlib.metadata.PackagePath) -> bool:
    """Return whether a file has the hash that it was installed with."""
    assert file.hash is not None
    try:
        content = Path(str(file.locate())).read_bytes()
    except OSError:
        return False
    digest = hashlib.new(file.hash.mode, content).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=") == file.hash.value
