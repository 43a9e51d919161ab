"""Finds this machine's fonts, and the characters that a font has."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_TEXT = (
    # Linux
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "FreeSans.ttf",
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJK-VF.ttc",
    "NotoSansCJKjp-Regular.otf",
    "SourceHanSans.ttc",
    "SourceHanSansCN-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
    "ipag.ttf",
    "NanumGothic.ttf",
    # macOS
    "Helvetica.ttc",
    "ヒラギノ角ゴシック W3.ttc",
    "Hiragino Sans GB.ttc",
    "PingFang.ttc",
    "AppleSDGothicNeo.ttc",
    "STHeiti Light.ttc",
    "Arial Unicode.ttf",
    # Windows
    "segoeui.ttf",
    "arial.ttf",
    "msyh.ttc",
    "YuGothM.ttc",
    "meiryo.ttc",
    "msgothic.ttc",
    "malgun.ttf",
    "simsun.ttc",
    "Nirmala.ttc",
    "Nirmala.ttf",
    "LeelawUI.ttf",
)
"""Files of upright sans-serif fonts that systems come with, in the order they are tried."""

_EMOJI = (
    "NotoColorEmoji.ttf",
    "NotoColorEmoji-Regular.ttf",
    "Apple Color Emoji.ttc",
    "seguiemj.ttf",
    "TwemojiMozilla.ttf",
    "TwitterColorEmoji-SVGinOT.ttf",
    "JoyPixels.ttf",
    "OpenMoji-color-glyf_colr_0.ttf",
)
"""Files of colour emoji fonts, in the order they are tried."""

_MOST_FILES = 20_000
"""Most files of the font folders that are considered, in case a link leads to a whole disk."""

_TRIED = 20.0
"""Size at which a font is asked for its glyphs."""

_NO_CHARACTER = "\uffff"
"""Unicode assigns nothing to this code point, so every font draws its sign for "missing"."""


def text_fonts() -> list[Path]:
    """List this machine's fonts for text, those with the commonest letters first."""
    files = _files(folders())
    known = [files[name.lower()] for name in _TEXT if name.lower() in files]
    # Noto has one file for each other script: NotoSansThai-Regular.ttf.
    others = [
        path
        for name, path in files.items()
        if name.startswith("notosans") and "-regular." in name and path not in known
    ]
    return [*known, *sorted(others)]


def emoji_fonts() -> list[Path]:
    """List this machine's fonts of coloured emoji."""
    files = _files(folders())
    return [files[name.lower()] for name in _EMOJI if name.lower() in files]


def font_with(character: str) -> Path | None:
    """Return the first text font of this machine that has a character; None if none has it."""
    return _first_with(character, folders())


@functools.lru_cache(maxsize=4096)
def _first_with(character: str, _folders: tuple[Path, ...]) -> Path | None:
    return next((path for path in text_fonts() if _file_has(path, character)), None)


def _file_has(path: Path, character: str) -> bool:
    """Return whether a font file can be opened, and has a character."""
    try:
        return has(_opened(path), character)
    except OSError:  # a damaged file, or a kind that FreeType cannot open
        return False


@functools.lru_cache(maxsize=64)
def _opened(path: Path) -> FreeTypeFont:
    from PIL import ImageFont

    # Not ImageFont.truetype, which looks elsewhere for a font of the same name if this is damaged.
    return ImageFont.FreeTypeFont(path, _TRIED)


def folders() -> tuple[Path, ...]:
    """Return where fonts are kept on this kind of machine, the user's own folder first."""
    home = _home()
    if sys.platform == "darwin":
        return (home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts"))
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", str(home / "AppData/Local"))
        windows = os.environ.get("WINDIR", "C:/Windows")
        return (Path(local, "Microsoft/Windows/Fonts"), Path(windows, "Fonts"))
    data = os.environ.get("XDG_DATA_HOME") or str(home / ".local/share")
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return tuple(Path(folder, "fonts") for folder in [data, *shared.split(":")])


def _home() -> Path:
    """Return the user's home folder; for one who has none, a place that holds no files."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(os.devnull)


@functools.lru_cache(maxsize=8)
def _files(places: tuple[Path, ...]) -> Mapping[str, Path]:
    """Return the font files in folders and their subfolders, by lower-case name."""
    files: dict[str, Path] = {}
    for path, _ in zip(_walk(places), range(_MOST_FILES), strict=False):
        if path.suffix.lower() in (".ttf", ".ttc", ".otf"):
            files.setdefault(path.name.lower(), path)
    return files


def _walk(places: tuple[Path, ...]) -> Iterator[Path]:
    """Yield all files in folders; a folder that cannot be read is skipped."""
    for place in places:
        for folder, names, files in os.walk(place):
            names.sort()
            yield from (Path(folder, name) for name in sorted(files))


def has(font: FreeTypeFont, text: str) -> bool:
    """Return whether a font has a glyph for every character of a text but spaces."""
    lacking = _shape(font, _NO_CHARACTER)
    return all(_shape(font, sign) != lacking for sign in set(text) if not sign.isspace())


def _shape(font: FreeTypeFont, character: str) -> tuple[tuple[int, int], bytes]:
    """Return a character's size and pixels."""
    mask = font.getmask(character)
    return mask.size, bytes(mask)
