import base64
import hashlib
import importlib.metadata
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from mien.doctor import packages, requirements
from mien.doctor.checks import Check
from mien.doctor.packages import PURPOSES, extras, versions
from mien.doctor.requirements import of_extra, version_of

PROJECT = tomllib.loads(
    (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
)["project"]


def by_name(checks: Any) -> dict[str, Check]:
    return {check.name: check for check in checks}


def without(monkeypatch: pytest.MonkeyPatch, package: str, version: str | None = None) -> None:
    """Have a package look as if it were not installed, or in another version."""

    def fake(name: str) -> str | None:
        return version if name == package else version_of(name)

    for module in (packages, requirements):
        monkeypatch.setattr(module, "version_of", fake)


def test_every_extra_has_a_purpose() -> None:
    assert set(PROJECT["optional-dependencies"]) - {"dev"} <= set(PURPOSES)


def test_versions_are_those_of_the_packages() -> None:
    checks = by_name(versions())
    assert checks["mien"].value == PROJECT["version"]
    assert checks["numpy"].value == importlib.metadata.version("numpy")
    assert checks["torch"].value == importlib.metadata.version("torch")
    assert {check.state for check in checks.values()} == {"ok"}


def test_a_package_that_is_missing_or_old_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "onnxruntime")
    missing = by_name(versions())["onnxruntime"]
    assert (missing.state, missing.value) == ("broken", "not installed")
    assert missing.problem == "Nothing can be read: onnxruntime is not installed."
    without(monkeypatch, "numpy", "1.26.4")
    old = by_name(versions())["numpy"]
    assert (old.state, old.value) == ("broken", "1.26.4")
    assert old.problem == "Nothing can be read: numpy is 1.26.4, but has to be >=2.0."
    assert "pip install --force-reinstall 'numpy>=2.0'" in old.fix


def test_a_package_that_cannot_be_imported_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    # None makes Python raise an ImportError, as a library of the system that is missing does.
    monkeypatch.setitem(sys.modules, "cv2", None)
    check = by_name(versions())["opencv-python-headless"]
    assert check.state == "broken"
    assert check.problem.startswith("Nothing can be read: cv2 cannot be imported (")


def test_an_extra_that_is_missing_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "av")
    checks = by_name(extras())
    assert checks["heic"] == Check("heic", "installed; for an iPhone's photos")
    video = checks["video"]
    assert (video.state, video.value) == (
        "note", "not installed; for clips: reading and writing them",
    )  # fmt: skip
    assert "(av is not installed)" in video.problem
    assert "pip install '.[video]'" in video.fix


def test_an_extra_with_a_package_of_another_version_is_a_note(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without(monkeypatch, "torch", "2.9.1")
    checks = by_name(extras())
    assert "torch is 2.9.1, but has to be ==2.13.*" in checks["train"].problem
    # The extra tune contains train.
    assert checks["tune"].state == "note"


def test_an_extra_includes_those_it_consists_of() -> None:
    names = {need.name for need in of_extra("tune-postgresql")}
    assert {"torch", "optuna", "psycopg"} <= names
    assert "mien" not in names


def test_requirements_of_an_installation_are_read_by_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = ["numpy>=2.0", "av<19,>=18; extra == 'video'", 'mien[train]; extra == "tune"']
    monkeypatch.setattr(requirements, "_project", lambda: None)
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: texts)
    requirements.requirements.cache_clear()
    try:
        groups = requirements.requirements()
    finally:
        monkeypatch.undo()
        requirements.requirements.cache_clear()
    assert {name: [need.name for need in needs] for name, needs in groups.items()} == {
        "": ["numpy"], "video": ["av"], "tune": ["mien"],
    }  # fmt: skip
    assert groups["video"][0].specifier == Requirement("av<19,>=18").specifier


def test_files_are_compared_with_the_hashes_of_the_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = []
    for name, content in (("a.py", b"a"), ("b.onnx", b"b")):
        path = tmp_path / "mien" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        file = importlib.metadata.PackagePath("mien", name)
        file.hash = importlib.metadata.FileHash(f"sha256={digest}")
        file.dist = importlib.metadata.PathDistribution(tmp_path / "mien.dist-info")
        files.append(file)
    monkeypatch.setattr(importlib.metadata, "files", lambda name: files)
    check = by_name(versions())["files of mien"]
    assert (check.state, check.value) == ("ok", "2, all as installed")
    (tmp_path / "mien" / "b.onnx").write_bytes(b"c")
    check = by_name(versions())["files of mien"]
    assert (check.state, check.value) == ("broken", "2, of which 1 is not as installed")
    assert "mien/b.onnx" in check.problem
    (tmp_path / "mien" / "a.py").unlink()
    check = by_name(versions())["files of mien"]
    assert check.value == "2, of which 2 are not as installed"
