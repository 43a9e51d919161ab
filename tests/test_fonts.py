import shutil
from pathlib import Path

import matplotlib
import pytest
from PIL import ImageFont

from mien import fonts

DEJAVU = Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("happy 93%", True), ("Ärger злой", True), ("日", False), ("a日", False), ("", True)],
)
def test_a_font_says_which_characters_it_has(text: str, expected: bool) -> None:
    assert fonts.has(ImageFont.truetype(DEJAVU, 20), text) is expected


def test_fonts_are_listed_by_preference_wherever_they_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, shared = tmp_path / "own", tmp_path / "shared"
    names = ("NotoSansThai-Regular.ttf", "NotoSansThai-Bold.ttf", "NotoSansCJK-Regular.ttc")
    for path in [*(shared / name for name in names), shared / "deep" / "NotoColorEmoji.ttf"]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    own.mkdir()
    shutil.copy(DEJAVU, own / "DejaVuSans.TTF")
    (shared / "DejaVuSans.ttf").touch()
    monkeypatch.setattr(fonts, "folders", lambda: (own, shared, tmp_path / "missing"))
    assert fonts.text_fonts() == [
        own / "DejaVuSans.TTF",
        shared / "NotoSansCJK-Regular.ttc",
        shared / "NotoSansThai-Regular.ttf",
    ]
    assert fonts.emoji_fonts() == [shared / "deep" / "NotoColorEmoji.ttf"]


def test_the_first_font_that_has_a_character_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "DejaVuSans.ttf").write_bytes(b"damaged")
    shutil.copy(DEJAVU, tmp_path / "NotoSans-Regular.ttf")
    shutil.copy(DEJAVU, tmp_path / "arial.ttf")
    monkeypatch.setattr(fonts, "folders", lambda: (tmp_path,))
    assert fonts.font_with("Ä") == tmp_path / "NotoSans-Regular.ttf"
    assert fonts.font_with("日") is None


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux", ["/h/.local/share/fonts", "/usr/local/share/fonts", "/usr/share/fonts"]),
        ("darwin", ["/h/Library/Fonts", "/Library/Fonts", "/System/Library/Fonts"]),
        ("win32", ["/h/AppData/Local/Microsoft/Windows/Fonts", "C:/Windows/Fonts"]),
    ],
)
def test_each_system_keeps_fonts_in_its_own_folders(
    platform: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("/h"))
    for name in ("XDG_DATA_HOME", "XDG_DATA_DIRS", "LOCALAPPDATA", "WINDIR"):
        monkeypatch.delenv(name, raising=False)
    assert [folder.as_posix() for folder in fonts.folders()] == expected


def test_a_user_without_a_home_folder_has_the_systems_fonts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("sys.platform", "linux")
    for name in ("XDG_DATA_HOME", "XDG_DATA_DIRS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    places = fonts.folders()
    assert places[1:] == (Path("/usr/local/share/fonts"), Path("/usr/share/fonts"))
    assert not places[0].exists()
