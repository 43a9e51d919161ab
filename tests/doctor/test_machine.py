import os
from pathlib import Path

import pytest

from mien.doctor import machine as room
from mien.doctor.checks import Check
from mien.doctor.machine import features, machine


def by_name() -> dict[str, Check]:
    return {check.name: check for check in machine()}


def cpuinfo(folder: Path, line: str) -> Path:
    path = folder / "cpuinfo"
    path.write_text(f"processor\t: 0\n{line}\n\nprocessor\t: 1\n", encoding="utf-8")
    return path


def test_features_are_those_that_networks_run_faster_with(tmp_path: Path) -> None:
    line = "flags\t\t: fpu sse4_2 avx avx2 fma avx512f avx512_vnni avx512_bf16"
    names = ["SSE4.2", "AVX2", "FMA", "AVX-512", "AVX-512 VNNI", "AVX-512 BF16"]
    assert features(cpuinfo(tmp_path, line)) == names


def test_features_of_arm_have_their_own_names(tmp_path: Path) -> None:
    line = "Features\t: fp asimd evtstrm aes asimdhp asimddp i8mm bf16"
    names = ["NEON", "NEON FP16", "NEON dot product", "I8MM", "BF16"]
    assert features(cpuinfo(tmp_path, line)) == names


def test_without_cpuinfo_opencv_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cv2.checkHardwareSupport", lambda number: number in (11, 100))
    assert features(tmp_path / "none") == ["AVX2", "NEON"]


def test_processors_say_what_limits_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 16)
    monkeypatch.setattr(room, "allowed_cores", lambda: 8)
    monkeypatch.setattr(room, "usable_cores", lambda: 2)
    monkeypatch.setattr(room, "processor_limit", lambda: 1.5)
    checks = by_name()
    assert checks["processors"].value == (
        "2 usable of 16; the affinity allows 8; the container allows the time of 1.5"
    )
    assert checks["threads"].value.startswith("2 for a network, ")


@pytest.mark.parametrize(
    ("limit", "state"), [(None, "ok"), (2_000_000_000, "ok"), (500_000_000, "note")]
)
def test_little_memory_is_noted(
    monkeypatch: pytest.MonkeyPatch, limit: int | None, state: str
) -> None:
    monkeypatch.setattr(room, "_total_memory", lambda: 8_000_000_000)
    monkeypatch.setattr(room, "_free_memory", lambda: 4_000_000_000)
    monkeypatch.setattr(room, "memory_limit", lambda: limit)
    check = by_name()["memory"]
    assert check.state == state
    assert check.value.startswith("8.0 GB; 4.0 GB of it free")
    assert ("0.5 GB" in check.value) == (state == "note")


def test_a_terminal_that_is_not_utf_8_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Latin:
        encoding = "iso-8859-1"

    monkeypatch.setattr("sys.stdout", Latin())
    check = by_name()["language"]
    assert check.state == "note"
    assert "terminal iso-8859-1" in check.value
    assert "PYTHONUTF8=1" in check.fix
