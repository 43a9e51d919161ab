import numpy as np
import pytest
from PIL import Image

from mien.classes import FER2013, Vocabulary
from mien.drawing.timeline import TimelineBuilder, panel, ribbon, write_timeline
from mien.drawing.timeline.page import WIDTH
from mien.errors import OutputError
from mien.outputs.signs import is_earlier_output


def colours(picture):
    """The colours of a picture."""
    return {tuple(pixel) for pixel in picture.reshape(-1, 3).tolist()}


def test_a_timeline_has_a_panel_for_each_face(face, frame, drawn):
    frames = [frame(number / 10, face(), face("sad", face_id=1)) for number in range(20)]
    one, two = drawn([frame(number / 10, face()) for number in range(20)]), drawn(frames)
    step = two.shape[0] - one.shape[0]
    assert one.shape[1] == two.shape[1] == WIDTH
    assert step > panel.HEIGHT + ribbon.HEIGHT
    bottom = two[-step - 60 :]
    assert FER2013["sad"].colour in colours(bottom)
    assert (two[-10:] == 255).all()
    assert (two[:, -10:] == 255).all()
    assert (two[:, :10] == 255).all()


def test_a_clip_without_a_face_says_so(frame, drawn, written):
    assert drawn([frame(0.0), frame(1.0)]).shape == (324, WIDTH, 3)
    assert drawn([]).shape == (324, WIDTH, 3)
    assert written.count("No face was seen.") == 2


def test_one_frame_is_enough(face, frame, drawn):
    picture = drawn([frame(3.0, face("sad"))])
    assert picture.shape[1] == WIDTH
    assert FER2013["sad"].colour in colours(drawn([frame(3.0, face("sad"))], end=4))


def test_own_classes_have_their_colours_and_letters(face, frame, drawn):
    states = Vocabulary.named([f"state {number}" for number in range(30)])
    frames = [
        frame(number / 10, face("state 20", vocabulary=states), vocabulary=states)
        for number in range(20)
    ]
    assert states[20].colour in colours(drawn(frames, states))


def test_the_same_frames_give_the_same_picture(face, frame, drawn):
    frames = [frame(number / 10, face(p=0.2 + number / 40)) for number in range(30)]
    assert (drawn(frames) == drawn(frames)).all()


def test_frames_must_come_in_order_and_with_a_time(frame):
    builder = TimelineBuilder(FER2013, "clip.mp4")
    builder.add(frame(2.0))
    for wrong in (frame(1.0), frame(None)):
        with pytest.raises(ValueError, match="a frame must have a time"):
            builder.add(wrong)


def test_it_is_written_with_a_mark(tmp_path, face, frame, drawn):
    path = tmp_path / "clip.timeline.png"
    picture = drawn([frame(0.0, face()), frame(1.0, face())])
    write_timeline(path, picture)
    with Image.open(path) as image:
        assert (np.array(image) == picture).all()
    assert is_earlier_output(path, "timeline", "png")
    assert not is_earlier_output(path, "sheet", "png")
    with pytest.raises(OutputError, match=r"Cannot write .*none"):
        write_timeline(tmp_path / "none" / "x.png", picture)
