"""Writes TIFF files of any kind by hand."""

import itertools
import struct
import zlib

import numpy as np

UNSIGNED, SIGNED, FRACTION = 1, 2, 3


def packed(samples, bits, order, kind):
    """Bytes of rows of samples, each row beginning with a byte."""
    if bits in (8, 16, 32, 64):
        letter = {UNSIGNED: "u", SIGNED: "i", FRACTION: "f"}[kind]
        return samples.astype(f"{order}{letter}{bits // 8}").tobytes()
    places = np.arange(bits - 1, -1, -1)
    rows = (samples.astype(np.int64)[..., None] >> places & 1).astype(np.uint8)
    return np.packbits(rows.reshape(len(rows), -1), axis=1).tobytes()


def tiff(samples, bits, *, kind=UNSIGNED, photometric=1, order="<", rows=None, deflate=False,
         planar=1, tags=(), big=False):
    """A TIFF file of samples ``[H, W, C]``, written by hand; `tags` are (tag, type, values)."""
    height, width, number = samples.shape
    rows = rows or height
    layers = [samples] if planar == 1 else [samples[..., [plane]] for plane in range(number)]
    strips = [
        packed(layer[row : row + rows].reshape(len(layer[row : row + rows]), -1), bits, order, kind)
        for layer in layers for row in range(0, height, rows)
    ]
    if deflate:
        strips = [zlib.compress(strip) for strip in strips]
    head = 16 if big else 8
    offsets = list(itertools.accumulate(map(len, strips), initial=head))[:-1]
    entries = [
        (256, "I", [width]), (257, "I", [height]), (258, "H", [bits] * number),
        (259, "H", [8 if deflate else 1]), (262, "H", [photometric]),
        (273, "Q" if big else "I", offsets),
        (277, "H", [number]), (278, "I", [rows]), (279, "I", list(map(len, strips))),
        (284, "H", [planar]), (339, "H", [kind] * number), *tags,
    ]
    return assembled(b"".join(strips), entries, order, big)


def assembled(body, entries, order, big):
    types = {"Q": 16, "H": 3, "I": 4, "f": 11, "d": 12, "h": 8, "i": 9}
    wide, letter = (8, "Q") if big else (4, "I")
    blob = (16 if big else 8) * b"\0" + body
    fields = []
    for tag, kind, values in sorted(entries):
        field = struct.pack(f"{order}{len(values)}{kind}", *values)
        if len(field) > wide:
            blob += bytes(len(blob) % 2)
            place = len(blob)
            blob += field
            field = struct.pack(order + letter, place)
        head = struct.pack(f"{order}HH{letter}", tag, types[kind], len(values))
        fields.append(head + field.ljust(wide, b"\0"))
    blob += bytes(len(blob) % 2)
    start = struct.pack(order + letter, len(blob))
    mark = {"<": b"II", ">": b"MM"}[order]
    version = struct.pack(f"{order}HHH", 43, 8, 0) if big else struct.pack(f"{order}H", 42)
    table = struct.pack(order + ("Q" if big else "H"), len(fields)) + b"".join(fields)
    header = mark + version + start
    return header + blob[len(header) :] + table + bytes(wide)


def ramp(colours, width=33, height=20):
    """Eight-bit pixels of every level, ``[H, W, C]``."""
    levels = np.arange(width * height * colours) * 7 % 256
    return levels.reshape(height, width, colours).astype(np.uint8)
