"""Removes from picture files what their pixels do not need, since it may be damaged."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator

from mien.image.tiff import first_page

_PNG = b"\x89PNG\r\n\x1a\n"
_EXIF = b"Exif\0\0"


def without_metadata(data: bytes) -> Iterator[bytes]:
    """Yield the file without its metadata: first with its orientation, then without that too.

    Nothing is yielded for a format from which nothing can be removed.
    """
    if data.startswith(_PNG):
        yield _bare_png(data, (b"tRNS", b"eXIf"))
        yield _bare_png(data, (b"tRNS",))
    elif data.startswith(b"\xff\xd8"):
        yield _bare_jpeg(data, keep_exif=True)
        yield _bare_jpeg(data, keep_exif=False)
    elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        yield _bare_webp(data, keep_exif=True)
        yield _bare_webp(data, keep_exif=False)
    elif (page := first_page(data)) and page.is_whole:
        # Numbers too large for a classic TIFF are damaged too.
        with contextlib.suppress(struct.error):
            yield page.declared_anew({})


def _bare_png(data: bytes, keep: tuple[bytes, ...]) -> bytes:
    """Return a PNG with the chunks whose names begin with a capital, and those named.

    Its pixels need no others (PNG specification, 4.7).
    """
    kept, place = [_PNG], len(_PNG)
    while place + 12 <= len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        kind = data[place + 4 : place + 8]
        if kind[:1].isupper() or kind in keep:
            kept.append(data[place:end])
        place = end
    return b"".join(kept)


def _bare_jpeg(data: bytes, keep_exif: bool) -> bytes:
    """Return a JPEG with only its tables, frames and scans.

    Where the length of a segment is wrong, what follows is searched for the next segment that
    the pixels need. Of the application's segments JFIF's and Adobe's tell the colours.
    """
    kept, place = [b"\xff\xd8"], 2
    while place + 4 <= len(data):
        marker = data[place + 1]
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if data[place] == 0xFF and marker == 0xDA:
            return b"".join([*kept, data[place:]])
        if data[place] != 0xFF or not _ends_well(data, end):
            place = _next_segment(data, place + 2)
            continue
        body = data[place + 4 : end]
        colours = (marker == 0xE0 and body.startswith(b"JFIF") and len(body) >= 14) or (
            marker == 0xEE and body.startswith(b"Adobe") and len(body) >= 12
        )
        exif = keep_exif and marker == 0xE1 and body.startswith(_EXIF)
        if _is_needed(marker) or colours or exif:
            kept.append(data[place:end])
        place = end
    return b"".join(kept)


def _is_needed(marker: int) -> bool:
    """Return whether a segment is a frame, a table, the restart interval or a scan."""
    return 0xC0 <= marker <= 0xCF or marker in (0xDA, 0xDB, 0xDD)


def _ends_well(data: bytes, end: int) -> bool:
    """Return whether another segment begins where one ends."""
    return data[end : end + 1] == b"\xff" and data[end + 1 : end + 2] > b"\xbf"


def _next_segment(data: bytes, place: int) -> int:
    """Return where the next segment begins that the pixels need, and that ends well."""
    while (place := data.find(b"\xff", place)) >= 0:
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        marker = data[place + 1 : place + 2]
        if marker and _is_needed(marker[0]) and (marker == b"\xda" or _ends_well(data, end)):
            return place
        place += 1
    return len(data)


def _bare_webp(data: bytes, keep_exif: bool) -> bytes:
    """Return a WebP without profile, texts and unknown chunks, and with the right length."""
    needed = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"}
    kept, place = [], 12
    while place + 8 <= len(data):
        kind = data[place : place + 4]
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        chunk = data[place : place + 8 + size + size % 2]
        if kind == b"VP8X" and len(chunk) > 8:
            # Its first byte tells which chunks there are (RFC 9649, section 2.7).
            flags = chunk[8] & (0b01_1010 if keep_exif else 0b01_0010)
            chunk = chunk[:8] + bytes([flags]) + chunk[9:]
        if kind in needed or (kind == b"EXIF" and keep_exif and len(chunk) >= 8 + size):
            kept.append(chunk)
        place += 8 + size + size % 2
    body = b"".join([b"WEBP", *kept])
    return b"RIFF" + len(body).to_bytes(4, "little") + body
