"""FER-2013 and data sets like it: reading, counting and showing them."""

from mien.data.describe import Description, describe
from mien.data.read import Records, read, records
from mien.data.record import Record
from mien.data.samples import SPLITS, Samples

__all__ = [
    "SPLITS",
    "Description",
    "Record",
    "Records",
    "Samples",
    "describe",
    "read",
    "records",
]
