"""Reads all of a labelled data set, as the borders of its formats do."""

from borders.border import scratch_file

from mien.data import records


def take_labelled(data, name):
    """Read every record of a file, and decode it; bad ones are left out."""
    opened = records(scratch_file(data, name), skip_bad=True)
    opened.splits()
    for record in opened:
        assert 0 <= record.label < len(opened.vocabulary)
        assert record.picture().size
