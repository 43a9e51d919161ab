"""From picture files to upright RGB pixels.

`decoding` reads a file, `formats` knows which formats there are, `deep_tiff` and `depth` bring
deep samples to 8 bits, `colour` any colour space to sRGB, and `repair` leaves out damaged metadata.
"""

from mien.image.decoding import (
    MAX_MEGAPIXELS,
    check_size,
    decode,
    decode_gray,
    from_pillow,
    load,
)
from mien.image.formats import SUFFIXES, UNREADABLE, begins_like_a_picture
from mien.image.tiff import count_pages

__all__ = [
    "MAX_MEGAPIXELS",
    "SUFFIXES",
    "UNREADABLE",
    "begins_like_a_picture",
    "check_size",
    "count_pages",
    "decode",
    "decode_gray",
    "from_pillow",
    "load",
]
