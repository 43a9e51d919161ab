import shutil
from pathlib import Path

import numpy as np
import pytest

from mien.doctor.checks import Check
from mien.doctor.networks import SHIPPED, networks, reading
from mien.models import names, read_info
from mien.models.zoo import cached_path
from mien.perception.detector import FaceFinder
from mien.perception.yunet_graph import SHA256, model_path


def by_name(*named: Path, shipped: Path = SHIPPED) -> dict[str, Check]:
    return {check.name: check for check in networks(named, shipped)}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of two shipped networks that may be damaged."""
    folder = tmp_path / "models"
    folder.mkdir()
    for net in ("mien-s", "lobonet"):
        for suffix in (".json", ".onnx"):
            shutil.copy(SHIPPED / f"{net}{suffix}", folder)
    return folder


def flip(path: Path) -> None:
    """Flip one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def test_the_shipped_networks_are_what_they_must_be() -> None:
    checks = by_name()
    assert {"YuNet", *names()} <= set(checks)
    assert {check.state for check in checks.values()} == {"ok"}
    assert checks["YuNet"].value == f"SHA-256 {SHA256[:12]}, as it must be"
    assert checks["mien-s"].value == f"SHA-256 {read_info('mien-s').sha256[:12]}, as it must be"


def test_flipped_bits_in_weights_are_named(copy: Path) -> None:
    flip(copy / "mien-s.onnx")
    checks = by_name(shipped=copy)
    assert checks["lobonet"].state == "ok"
    damaged = checks["mien-s"]
    assert damaged.state == "broken"
    assert damaged.value.endswith(f"but must be {read_info('mien-s').sha256[:12]}")
    assert damaged.problem == "mien-s cannot be used: mien-s.onnx is damaged."
    assert damaged.fix == "To reinstall mien, use pip's option --force-reinstall."


def test_a_damaged_info_is_named(copy: Path) -> None:
    (copy / "lobonet.json").write_text("{", encoding="utf-8")
    check = by_name(shipped=copy)["lobonet"]
    assert (check.state, check.value) == ("broken", "damaged")
    assert "lobonet" in check.problem


def test_an_ensemble_needs_its_members(copy: Path) -> None:
    shutil.copy(SHIPPED / "mien-ensemble.json", copy)
    for net in ("mien-b", "mien-m"):
        for suffix in (".json", ".onnx"):
            shutil.copy(SHIPPED / f"{net}{suffix}", copy)
    assert by_name(shipped=copy)["mien-ensemble"].value == "mien-b + mien-m"
    flip(copy / "mien-m.onnx")
    check = by_name(shipped=copy)["mien-ensemble"]
    assert (check.state, check.value) == ("broken", "another mien-m")
    (copy / "mien-m.onnx").unlink()
    check = by_name(shipped=copy)["mien-ensemble"]
    assert (check.state, check.value) == ("note", "without mien-m")
    assert "the weights of mien-m are not on this machine" in check.problem


def test_a_default_that_is_missing_is_broken(copy: Path) -> None:
    (copy / "mien-s.json").unlink()
    assert by_name(shipped=copy)["mien-s"].state == "broken"


def test_weights_that_have_to_be_downloaded_are_a_note(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "cache"))
    (copy / "lobonet.onnx").unlink()
    check = by_name(shipped=copy)["lobonet"]
    assert check.state == "note"
    assert "not on this machine" in check.problem
    downloaded = cached_path(read_info("lobonet"))
    downloaded.parent.mkdir(parents=True)
    shutil.copy(SHIPPED / "lobonet.onnx", downloaded)
    checks = by_name(shipped=copy)
    assert (checks["lobonet"].state, checks["lobonet"].value) == ("ok", "downloaded; see below")
    assert checks["lobonet (downloaded)"].value.endswith("as it must be")
    flip(downloaded)
    damaged = by_name(shipped=copy)["lobonet (downloaded)"]
    assert damaged.state == "broken"
    assert str(downloaded) in damaged.problem
    assert "Download it again" in damaged.fix


def test_yunet_with_flipped_bits_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "yunet.onnx"
    shutil.copy(model_path(), damaged)
    flip(damaged)
    monkeypatch.setattr("mien.perception.yunet_graph.model_path", lambda: damaged)
    check = by_name()["YuNet"]
    assert check.state == "broken"
    assert check.problem == "No face can be found: YuNet's file is damaged."
    assert next(iter(reading())).state == "broken"


def test_networks_of_the_user_are_checked(copy: Path) -> None:
    own = copy / "mien-s.onnx"
    assert by_name(own)[str(own)].value.startswith("mien-s: SHA-256 ")
    flip(own)
    damaged = by_name(own)[str(own)]
    assert damaged.state == "broken"
    assert "SHA-256 differs" in damaged.problem
    assert by_name(copy / "none.onnx")[str(copy / "none.onnx")].state == "broken"


def test_reading_a_black_picture_works() -> None:
    (check,) = reading()
    assert check.state == "ok"
    assert check.value.startswith("works; ")


def test_wrong_numbers_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = np.full((1, 7), np.nan, np.float32)
    monkeypatch.setattr(
        "mien.perception.classifier.Classifier.probabilities", lambda *_: wrong
    )
    (check,) = reading()
    assert (check.state, check.value) == ("broken", "wrong numbers")
    monkeypatch.undo()

    def fail(*_: object) -> None:
        raise RuntimeError("illegal instruction")

    monkeypatch.setattr(FaceFinder, "find", fail)
    (check,) = reading()
    assert check.problem == "No picture can be read: illegal instruction"
