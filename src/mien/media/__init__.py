"""Where pictures come from, and where what was read in them goes."""

from mien.media.sinks import CsvSink, JsonSink, ParquetSink
from mien.media.sources import expand

__all__ = ["CsvSink", "JsonSink", "ParquetSink", "expand"]
