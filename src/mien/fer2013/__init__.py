"""FER-2013 and data sets like it: reading, counting and showing them."""

from mien.fer2013.description import Description, describe
from mien.fer2013.reading import read, records
from mien.fer2013.record import Record, in_split
from mien.fer2013.samples import SIZE, SPLITS, Samples

__all__ = [
    "SIZE",
    "SPLITS",
    "Description",
    "Record",
    "Samples",
    "describe",
    "in_split",
    "read",
    "records",
]
