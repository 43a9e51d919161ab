from pathlib import Path

import pytest

from mien.doctor.checks import Check
from mien.doctor.privacy import anonymous, without_private


@pytest.fixture(autouse=True)
def _ada(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "ada")
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("USERPROFILE", "/home/ada")
    for name in ("LOGNAME", "USER", "USERNAME"):
        monkeypatch.setenv(name, "ada")
    monkeypatch.delenv("SUDO_USER", raising=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/ada/.cache/mien, 3 files", "~/.cache/mien, 3 files"),
        ("/home/ada", "~"),
        ("cannot write /home/ada: it is read-only", "cannot write ~: it is read-only"),
        ("/scratch/ada/cache", "/scratch/<user>/cache"),
        ("Cannot read /scratch/ada.", "Cannot read /scratch/<user>."),
        # Other folders and words that contain the name stay.
        ("/home/adam/x", "/home/adam/x"),
        ("adaptive, adapted by ada", "adaptive, adapted by ada"),
    ],
)
def test_a_text_names_neither_the_home_folder_nor_the_user(text: str, expected: str) -> None:
    assert anonymous(text) == expected


def test_line_breaks_of_a_file_s_name_do_not_break_the_table() -> None:
    assert anonymous("a\nb") == r"a\nb"


def test_every_part_of_a_check_is_made_anonymous() -> None:
    check = Check("/home/ada/n.onnx", "/home/ada", "broken", "See /home/ada.", "Delete /home/ada.")
    assert without_private(check) == Check("~/n.onnx", "~", "broken", "See ~.", "Delete ~.")


def test_without_a_home_folder_nothing_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", none)
    assert anonymous("/opt/x") == "/opt/x"


def test_the_root_as_home_does_not_turn_every_path_into_a_tilde(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/")
    assert anonymous("/opt/x") == "/opt/x"
