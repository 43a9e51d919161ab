import dataclasses

import numpy as np
import pytest

from mien.classes import FER2013
from mien.drawing.annotate import draw
from mien.drawing.frames import FrameDrawer
from mien.perception.face import Face


def face(box, name="happy", face_id=0, confidence=0.71, sure=True):
    expression = FER2013[name]
    chances = np.full(7, (1 - confidence) / 6, np.float32)
    chances[expression.number] = confidence
    landmarks = np.zeros((5, 2), np.float32)
    return Face(box, landmarks, chances, 0.9, FER2013, sure=sure, face_id=face_id)


def near(image, colour):
    return np.abs(image.astype(int) - colour).max(axis=2) < 12


GRAY = np.full((480, 640, 3), 128, np.uint8)
BOX = (250.0, 200.0, 100.0, 120.0)


@pytest.mark.parametrize("sure", [True, False])
def test_a_frame_looks_as_a_photo_does(sure):
    one = face(BOX, sure=sure)
    frame, photo = FrameDrawer(640, 480).draw(GRAY, [one]), draw(GRAY, [one])
    difference = np.abs(frame.astype(int) - photo).max(axis=2)
    # Words may be apart by a fraction of a pixel.
    assert (difference > 40).sum() < 0.15 * (np.abs(photo.astype(int) - 128) > 3).any(axis=2).sum()
    assert (GRAY == 128).all()


def test_a_frame_without_faces_is_a_copy():
    drawn = FrameDrawer(640, 480).draw(GRAY, [])
    np.testing.assert_array_equal(drawn, GRAY)
    assert drawn is not GRAY


def test_the_colour_is_that_of_the_shown_expression():
    one = dataclasses.replace(face(BOX, "happy", confidence=0.5), shown=FER2013["sad"].number)
    drawn = FrameDrawer(640, 480).draw(GRAY, [one])
    assert near(drawn, FER2013["sad"].colour).sum() > 1000
    assert not near(drawn, FER2013["happy"].colour).any()


def test_a_small_video_is_enlarged_by_a_whole_number_that_stays():
    drawer = FrameDrawer(160, 120)
    assert (drawer.width, drawer.height) == (320, 240)
    for faces in ([], [face((40, 40, 50, 60))]):
        assert drawer.draw(np.zeros((120, 160, 3), np.uint8), faces).shape == (240, 320, 3)


def test_labels_have_ids_once_a_second_face_was_seen():
    drawer = FrameDrawer(640, 480)
    first, second = face(BOX), face((450.0, 200.0, 100.0, 120.0), face_id=1)
    alone = drawer.draw(GRAY, [first])
    drawer.draw(GRAY, [first, second])
    numbered = drawer.draw(GRAY, [first])
    assert width_of_label(numbered) > width_of_label(alone) + 5


def width_of_label(drawn):
    columns = np.flatnonzero(near(drawn[:195], FER2013["happy"].colour).any(axis=0))
    return columns.max() - columns.min()


def test_labels_keep_their_size_while_the_box_jitters():
    drawer = FrameDrawer(640, 480)
    heights = set()
    for change in (0, 6, -7, 5, -4):
        x, y, w, h = BOX
        drawer.draw(GRAY, [face((x, y, w + change, h + change))])
        heights.add(drawer._label_height)
    assert heights == {36}
    drawer.draw(GRAY, [face((200.0, 200.0, 180.0, 200.0))])
    assert drawer._label_height == 53


def test_every_percentage_is_written():
    drawer = FrameDrawer(640, 480)
    frames = {drawer.draw(GRAY, [face(BOX, confidence=p / 100)]).tobytes() for p in range(20, 101)}
    assert len(frames) == 81


def drawn_lefts(lefts):
    """Where the left edge of the box is drawn, frame after frame."""
    drawer, drawn = FrameDrawer(640, 480), []
    for left in lefts:
        drawer.draw(GRAY, [face((left, 200.0, 100.0, 120.0))])
        drawn.append(drawer._boxes[0][0])
    return np.array(drawn)


def test_a_trembling_box_is_drawn_steady():
    lefts = 250 + 2.0 * (np.arange(60) % 2)
    drawn = drawn_lefts(lefts)
    assert np.abs(np.diff(drawn)).max() < 0.5
    assert np.abs(drawn - lefts).max() < 2


@pytest.mark.parametrize(("speed", "lag"), [(0.5, 3), (2, 6), (8, 12), (20, 0)])
def test_a_moving_box_lags_by_a_few_percent_of_its_width(speed, lag):
    lefts = 100.0 + speed * np.arange(20)
    assert np.abs(drawn_lefts(lefts) - lefts).max() <= lag


def test_a_face_that_comes_back_is_drawn_where_it_is():
    drawer = FrameDrawer(640, 480)
    drawer.draw(GRAY, [face(BOX)])
    drawer.draw(GRAY, [])
    drawer.draw(GRAY, [face((255.0, 200.0, 100.0, 120.0))])
    assert drawer._boxes[0][0] == 255
