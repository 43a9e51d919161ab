"""From picture files to upright RGB pixels.

`decoding` reads a file, `formats` recognises its format, `deep_tiff` and `depth` scale deep samples
to 8 bits, `colour` converts to sRGB, and `repair` removes damaged metadata.
"""

from mien.image.decoding import (
    MAX_MEGABYTES,
    MAX_MEGAPIXELS,
    check_bytes,
    check_size,
    decode,
    decode_gray,
    from_pillow,
    load,
)
from mien.image.formats import SUFFIXES, UNREADABLE, begins_like_a_picture
from mien.image.tiff import count_pages

__all__ = [
    "MAX_MEGABYTES",
    "MAX_MEGAPIXELS",
    "SUFFIXES",
    "UNREADABLE",
    "begins_like_a_picture",
    "check_bytes",
    "check_size",
    "count_pages",
    "decode",
    "decode_gray",
    "from_pillow",
    "load",
]
