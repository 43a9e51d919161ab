"""Makes small data sets."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Encode = Callable[..., bytes]
MakeZip = Callable[..., Path]


@pytest.fixture
def encode() -> Encode:
    """Encode a picture of one gray value, or of the pixels given."""

    def made(value: object = 100, format: str = "PNG", size: tuple[int, int] = (48, 48)) -> bytes:
        pixels = value if isinstance(value, np.ndarray) else np.full(size, value, np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, format)
        return buffer.getvalue()

    return made


@pytest.fixture
def make_zip(tmp_path: Path) -> MakeZip:
    """Write a zip of the members given."""

    def made(members: dict[str, bytes], name: str = "faces.zip") -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return path

    return made


@pytest.fixture
def make_csv(tmp_path: Path) -> Callable[..., Path]:
    """Write a CSV of the rows given, each ``(emotion, pixels, usage)``."""

    def made(rows: list[tuple[object, str, str]], header: str = "emotion,pixels,Usage") -> Path:
        path = tmp_path / "fer2013.csv"
        lines = [header, *(f"{label},{pixels},{usage}" for label, pixels, usage in rows)]
        path.write_text("\n".join(lines) + "\n")
        return path

    return made
