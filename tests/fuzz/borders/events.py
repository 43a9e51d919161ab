"""A CSV of what happens in clips."""

from borders.border import Border, scratch_file

from mien.media.markers import Markers


def take(data):
    """Read it, and ask for what a clip of ten seconds asks for."""
    markers = Markers.load(scratch_file(data, "events.csv"))
    own = markers.for_clip("clip.mp4")
    markers.unmatched(["clip.mp4"])
    markers.outside(0, 10)
    for begin, end, label in own.ranges():
        assert begin < end and label
        own.label_at(begin)
    own.excluded_ranges()


BORDER = Border(
    "events",
    take,
    longest=2048,
    words=(
        b"time", b"label", b"end", b"duration", b"source", b"onset", b"exclude", b"clip.mp4",
        b"1:02:03.5", b"0:10", b"nan", b"inf", b"1e400", b"-1", b"\n", b"\r", b"\0", b'"', b",",
        b";", b"\t", b"\xef\xbb\xbf", b"\xff", b"9" * 50, "٣".encode(),
    ),
)  # fmt: skip
