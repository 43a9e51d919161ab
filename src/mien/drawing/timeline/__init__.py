"""A clip over time as a picture: what each face shows, with emoji, markers and gaps.

`builder` gathers the frames into the bins of `bins`; `page` draws them from top to bottom, on the
time axis of `axis`: the legend, the lanes of markers, and a ribbon and a panel for each face.
"""

from mien.drawing.timeline.builder import TimelineBuilder, write_timeline

__all__ = ["TimelineBuilder", "write_timeline"]
