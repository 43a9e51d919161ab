"""Completes JPEGs that lack their end although all of their pixels are there."""

from __future__ import annotations

from collections.abc import Iterator

_END = b"\xff\xd9"

_FILLERS = (bytes(256), b"\xff\x00" * 128, b"\xa5" * 256)
"""Data of pixels: all bits 0, all bits 1 (a byte FF is followed by 00), and mixed ones."""

_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Markers of frames (ITU-T T.81, table B.1)."""

_COEFFICIENTS = 64  # of a block


def continued(data: bytes) -> list[bytes]:
    """Return copies of a JPEG without end, each continued with different data.

    If all decode to the same pixels, none depended on what is missing. The list is empty for other
    files, and for JPEGs in which whole scans are missing.
    """
    if not data.startswith(b"\xff\xd8") or not _has_all_scans(data):
        return []
    # A byte FF alone would make what follows a marker.
    cut = data.removesuffix(b"\xff")
    return [cut + _filled(cut, filler) + _END for filler in _FILLERS]


def _filled(data: bytes, filler: bytes) -> bytes:
    """Return a filler for the interval that was cut, and for those after it.

    Without the restart markers that come next, what follows them would stay gray in every copy.
    """
    if b"\xff\xdd" not in data:
        return filler
    scan = data[data.rindex(b"\xff\xda") :]
    done = sum(scan.count(bytes([0xFF, 0xD0 + number])) for number in range(8))
    markers = [bytes([0xFF, 0xD0 + (done + number) % 8]) for number in range(8)]
    return filler + b"".join(marker + filler for marker in markers)


def _has_all_scans(data: bytes) -> bool:
    """Return whether there is, or begins, a scan for every bit of every coefficient."""
    components: set[int] = set()
    missing: set[tuple[int, int]] = set()
    for marker, body in _segments(data):
        if marker in _FRAMES and len(body) >= 6:
            components = set(body[6 : 6 + 3 * body[5] : 3])
            missing = {(component, k) for component in components for k in range(_COEFFICIENTS)}
        elif marker == 0xDA and body:
            count = body[0]
            if len(body) < 4 + 2 * count:
                return False
            first, last, bits = body[1 + 2 * count : 4 + 2 * count]
            # The low half says how many of the lowest bits later scans bring.
            if bits & 15 == 0:
                named = {body[1 + 2 * index] for index in range(count)}
                missing -= {(name, k) for name in named for k in range(first, last + 1)}
    return bool(components) and not missing


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the marker and body of each segment; data of pixels is skipped."""
    place = 2
    while 0 <= (place := data.find(b"\xff", place)) <= len(data) - 4:
        marker = data[place + 1]
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD8:
            place += 1 if marker == 0xFF else 2
            continue
        if marker == 0xD9:
            return
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        yield marker, data[place + 4 : end]
        place = end
