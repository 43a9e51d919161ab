import runpy
from pathlib import Path

import pytest

from mien.classes import FER2013
from mien.drawing.timeline import TimelineBuilder, page
from mien.drawing.timeline.axis import Axis
from mien.drawing.timeline.bins import Bins
from mien.media.summary_builder import SummaryBuilder

make = runpy.run_path(str(Path(__file__).parents[2] / "video_frames.py"))


@pytest.fixture
def face():
    """Makes a face; see video_frames.py."""
    return make["face"]


@pytest.fixture
def frame():
    """Makes a frame; see video_frames.py."""
    return make["frame"]


@pytest.fixture
def axis():
    """Ten seconds on 1,000 pixels."""
    return Axis(0.0, 10.0, 0.0, 1000.0)


@pytest.fixture
def bins_of():
    """Makes the bins of frames, given as time and faces; the last one lasts a tenth of a second."""

    def bins_of(rows):
        bins = Bins(7)
        ends = [*(time for time, _ in rows[1:]), rows[-1][0] + 0.1]
        for (time, faces), end in zip(rows, ends, strict=True):
            bins.add(faces, time, end)
        return bins

    return bins_of


@pytest.fixture
def drawn():
    """Draws the timeline of frames."""

    def drawn(frames, vocabulary=FER2013, markers=None, end=None):
        timeline = TimelineBuilder(vocabulary, "clip.mp4", markers)
        summary = SummaryBuilder("clip.mp4", "mien-s", vocabulary)
        for item in frames:
            marked = item if markers is None else markers.mark(item)
            timeline.add(marked)
            summary.add(marked)
        return timeline.draw(summary.result(end))

    return drawn


@pytest.fixture
def written(monkeypatch):
    """The texts that are written on pages, in order, but for legends and markers."""
    texts = []
    write = page.write
    monkeypatch.setattr(
        page, "write", lambda *args, **rest: (texts.append(args[2]), write(*args, **rest))
    )
    return texts
