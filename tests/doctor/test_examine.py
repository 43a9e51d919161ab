import subprocess
import sys
from pathlib import Path

import pytest

from mien.doctor import examine
from mien.doctor.checks import Check


def test_the_examination_looks_at_everything() -> None:
    examination = examine(cameras=False)
    assert [section.title for section in examination.sections] == [
        "Versions", "Machine", "Networks", "Reading", "Cache", "Extras", "Devices and formats",
        "Folders",
    ]  # fmt: skip
    assert examination.broken == []


def test_what_cannot_be_looked_at_does_not_hide_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ValueError("a table in /proc is unlike any other")

    module = sys.modules["mien.doctor.examine"]
    monkeypatch.setattr(module, "machine", fail)
    examination = examine(cameras=False)
    (broken,) = examination.broken
    assert broken == Check(
        "machine", "failed", "broken",
        "Machine could not be looked at to the end: ValueError: a table in /proc is unlike any"
        " other.",
        "Report this, with the rest of what is shown here.",
    )  # fmt: skip
    assert len(examination.sections) == 8


@pytest.mark.skipif(sys.platform == "win32", reason="the cache is elsewhere there")
def test_a_user_without_a_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("MIEN_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", none)
    examination = examine(cameras=False)
    assert [check.name for check in examination.broken] == ["cache folder"]
    assert "Report this" not in examination.to_json()
    assert examination.to_json().count("because this user has no home") == 2


def test_the_examination_never_imports_torch() -> None:
    code = (
        "import sys; from mien.doctor import examine; examine(cameras=False);"
        "print([name for name in ('torch', 'lightning', 'fastapi', 'pyarrow', 'matplotlib')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
