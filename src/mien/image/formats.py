"""The picture formats: which are read, by what, and how they are recognised."""

from __future__ import annotations

import importlib
import io
from typing import TYPE_CHECKING

from mien.errors import MissingExtraError, PictureError, require

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

# Each format with the module of Pillow that reads it. Others stay out: some start programs
# (EPS), and none is used for photos.
_READERS = {
    "JPEG": "PIL.JpegImagePlugin",
    "PNG": "PIL.PngImagePlugin",
    "WEBP": "PIL.WebPImagePlugin",
    "GIF": "PIL.GifImagePlugin",
    "BMP": "PIL.BmpImagePlugin",
    "TIFF": "PIL.TiffImagePlugin",
    "PPM": "PIL.PpmImagePlugin",
    "AVIF": "PIL.AvifImagePlugin",
    "JPEG2000": "PIL.Jpeg2KImagePlugin",
}

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib"}
    | {".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".avif", ".heic", ".heif", ".hif"}
    | {".jp2", ".j2k", ".jpf", ".jpx", ".j2c", ".jpc"}
)
"""Lower-case extensions of the files that a folder is searched for."""

UNREADABLE = frozenset(
    {".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".gpr", ".iiq"}
    | {".kdc", ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2"}
    | {".rwl", ".sr2", ".srf", ".srw", ".x3f"}  # what cameras call raw
    | {".jxl", ".jxr", ".wdp", ".hdp", ".bpg", ".exr", ".hdr", ".psd", ".psb", ".xcf", ".kra"}
    | {".svg", ".eps", ".ai", ".wmf", ".emf", ".ico", ".icns", ".cur", ".tga", ".pcx", ".dds"}
    | {".sgi", ".ras", ".xbm", ".xpm", ".djvu", ".jps", ".fits", ".dcm"}
)
"""Lower-case extensions of pictures in unsupported formats."""

SIGNATURE = 16
"""Bytes at the beginning of a file by which its format is recognised."""

_HEVC_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
)
"""Brands of HEIF files with HEVC pictures (ISO/IEC 23008-12, annex B)."""

_PICTURE_STARTS = (
    b"\xff\xd8\xff",  # JPEG
    b"\x89PNG\r\n\x1a\n",
    b"GIF8",
    b"II*\0",  # TIFF
    b"MM\0*",
    b"\0\0\0\x0cjP  ",  # JPEG 2000
    b"\0\0\0\x0cJXL ",
    b"8BPS",  # Photoshop
)


def begins_like_a_picture(start: bytes) -> bool:
    """Return whether a file is a picture by its first 64 bytes, whatever its name."""
    heif = start[4:8] == b"ftyp" and (is_heic(start) or start[8:12] in (b"avif", b"avis"))
    webp = start.startswith(b"RIFF") and start[8:12] == b"WEBP"
    return heif or webp or start.startswith(_PICTURE_STARTS)


_CLIP_BRANDS = (b"iso", b"mp4", b"avc1", b"M4V", b"qt  ", b"3gp", b"dash")
"""What the brands of MP4 and its like begin with; raw pictures and sound have others."""


def _begins_like_a_clip(data: bytes) -> bool:
    """Return whether a file is a clip: MP4 and its like, Matroska, or AVI."""
    mp4 = data[4:8] == b"ftyp" and data[8:12].startswith(_CLIP_BRANDS)
    avi = data.startswith(b"RIFF") and data[8:12] == b"AVI "
    return mp4 or avi or data.startswith(b"\x1aE\xdf\xa3")


def is_heic(data: bytes) -> bool:
    """Return whether a file is a HEIC picture, by the brands at its beginning."""
    if data[4:8] != b"ftyp":
        return False
    brands = data[8 : max(12, min(int.from_bytes(data[:4], "big"), 256))]
    return any(brands[place : place + 4] in _HEVC_BRANDS for place in range(0, len(brands), 4))


def open_header(data: bytes, name: str) -> PillowImage:
    """Read the header with the format's own reader, which does not decode the pixels yet.

    ``Image.open`` does the same and then checks the size against a limit that is global to the
    process; `mien.image.check_size` checks it against the caller's.

    Raises
    ------
    PictureError
        If the format is not one of those that are read, or needs an extra.
    Exception
        Whatever Pillow's reader raises for a damaged file.
    """
    from PIL import Image

    if is_heic(data):
        return _open_heic(data, name)
    for kind, module in _READERS.items():
        importlib.import_module(module)
        factory, accept = Image.OPEN[kind]
        # A reader that is not built in answers with a text instead of True.
        if accept is None or accept(data[:SIGNATURE]) is True:
            return factory(io.BytesIO(data), "")
    if _begins_like_a_clip(data):
        raise PictureError(
            f"{name} is a clip, not a picture.",
            "mien detect reads it under the name of one, such as clip.mp4; Reader.watch does in"
            " Python.",
        )
    raise PictureError(
        f"{name} is not a picture in one of the formats {', '.join(_READERS)}, HEIC.",
        "Save it as JPEG or PNG; its file extension does not matter.",
    )


def _open_heic(data: bytes, name: str) -> PillowImage:
    """Open a HEIC picture without registering its reader for the whole process."""
    try:
        reader = require("pillow_heif", "heic")
    except MissingExtraError as error:
        raise PictureError(
            f"{name} is a HEIC picture, and the package pillow-heif, which reads those, is not"
            " installed.",
            error.fix,
        ) from error
    picture: PillowImage = reader.HeifImageFile(io.BytesIO(data), "")
    return picture
