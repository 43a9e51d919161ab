import numpy as np
import pytest

import tracking_labels
from tracking_clips import HEIGHT, WIDTH, Actor, Clip, Sprite, compose
from tracking_scenes import clips

RED, GREEN = (200, 0, 0), (0, 200, 0)


def sprite(colour):
    pixels = np.full((100, 100, 3), colour, np.uint8)
    return Sprite(pixels, np.ones((100, 100), np.float32), (25.0, 25.0, 50.0, 50.0))


CAST = [[sprite(RED)], [sprite(GREEN)]]
SCENES = [np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.full((HEIGHT, WIDTH, 3), 90, np.uint8)]


def still(person, x, y=200.0, size=50.0):
    return Actor(person, lambda time: (x, y, size), lambda time: person)


def only(clip):
    return next(compose(clip, CAST, SCENES))


def test_face_is_laid_where_the_truth_says():
    frame = only(Clip("", [still(0, 300.0, size=100.0)]))
    assert frame.truth == {0: pytest.approx((250, 150, 100, 100))}
    np.testing.assert_allclose(frame.image[155:245, 255:345].mean(axis=(0, 1)), RED, atol=3)
    assert frame.image[:90].max() < 30


@pytest.mark.parametrize(
    "x, counted, ignored", [(220.0, 2, 0), (252.0, 1, 1), (255.0, 1, 1), (290.0, 1, 0)]
)
def test_hidden_faces_do_not_count(x, counted, ignored):
    # The sprite in front is twice as wide as its face: it covers 250 to 350.
    frame = only(Clip("", [still(0, x), still(1, 300.0)]))
    assert (len(frame.truth), len(frame.ignored)) == (counted, ignored)


def test_camera_moves_faces_and_their_boxes():
    frame = only(Clip("", [still(0, 320.0, 240.0)], camera=lambda time: (30.0, -20.0, 2.0)))
    assert frame.truth[0] == pytest.approx((300, 170, 100, 100))


def test_thing_in_front_hides_a_face():
    clip = Clip("", [still(0, 300.0)], objects=[lambda time: (250.0, 150.0, 100.0, 100.0)])
    assert not only(clip).truth


def test_cuts_are_where_shots_change():
    clip = Clip("", [still(0, 300.0)], seconds=3.0, shot=lambda time: int(time))
    frames = list(compose(clip, CAST, SCENES))
    assert [frame.time for frame in frames if frame.cut] == [1.0, 2.0]
    assert frames[30].image[:50].mean() > 80


def test_same_clip_again_is_the_same():
    clip = Clip("", [still(0, 300.0)], seconds=1.0, dropped=0.3, false=0.5)
    one, other = (list(compose(clip, CAST, SCENES)) for _ in range(2))
    assert len(one) < 25
    for first, second in zip(one, other, strict=True):
        np.testing.assert_array_equal(first.image, second.image)
        assert first.time == second.time
        assert [face.box for face in first.false] == [face.box for face in second.false]


def test_clips_have_names_of_their_own_and_people_of_six():
    names = [clip.name for clip in clips()]
    assert len(set(names)) == len(names) == 18
    assert {actor.person for clip in clips() for actor in clip.actors} == set(range(6))


def reading(*labels):
    rows = np.eye(7, dtype=np.float32)[np.array(labels)] * 0.9 + 0.1 / 7
    return tracking_labels.Reading(3, rows)


def test_perfect_labels_are_on_time():
    labels = [6] * 50 + [3] * 75 + [6] * 50
    scores = tracking_labels.score_sequences([reading(*labels)], 0.0)
    assert scores["without a change too many"] == 1
    assert scores["never shown"] == 0
    assert scores["delay, median"] == 0


def test_flicker_and_lateness_are_counted():
    labels = [6] * 30 + [0] + [6] * 24 + [3] * 75 + [6] * 45
    scores = tracking_labels.score_sequences([reading(*labels)], 0.0)
    assert scores["changes too many, mean"] == 2
    assert scores["delay, median"] == pytest.approx(0.2)


def test_changes_of_a_clip_are_those_of_its_labelled_part():
    entry = {"file": "a", "segments": [[2, 4, "sad"], [5, 6, "sad, hand"], [8, 9, "happy"]]}
    shown = [6, 6, 4, 4, 4, 4, 4, 4, 4, 3]
    rows = [(index, index / 10, 3 if index % 2 else 4, label) for index, label in enumerate(shown)]
    scores = tracking_labels._clip_scores(entry, rows)
    assert scores["labelled changes"] == 1
    assert scores["shown changes"] == 1
    assert scores["raw changes"] == 7
    assert scores["delays"] == {"happy from frame 8": 0.1}
