from mien.drawing.steady_places import SteadyPlaces

LABEL = (120, 24)
SIZE = (640, 480)
GAP = 6


def side_of(place, box):
    """Whether a label is above, below or beside a box."""
    _, top = place
    return "above" if top + LABEL[1] <= box[1] else "below" if top >= box[3] else "beside"


def test_a_label_stands_above_its_face_in_the_middle():
    ((left, top),) = SteadyPlaces().place({0: (200, 100, 300, 200)}, [LABEL], SIZE)
    assert (left, top) == (250 - 60, 100 - GAP - 24)


def test_a_label_goes_below_where_there_is_no_room_above_and_stays_there():
    places = SteadyPlaces()
    sides = []
    for top in [*range(60, 0, -5), *range(0, 200, 5)]:
        box = (200, top, 300, top + 100)
        sides.append(side_of(places.place({0: box}, [LABEL], SIZE)[0], box))
    turn = sides.index("below")
    assert 5 <= turn < 12
    assert set(sides[:turn]) == {"above"}
    assert set(sides[turn:]) == {"below"}


def test_a_jittering_face_keeps_its_side_where_no_side_is_free():
    places = SteadyPlaces()
    tops = {
        places.place({0: (3 + step % 3, 2, 637, 476 + step % 4)}, [LABEL], SIZE)[0][1]
        for step in range(24)
    }
    assert len(tops) == 1


def test_labels_cover_neither_each_other_nor_another_face():
    places = SteadyPlaces()
    for step in range(0, 500, 10):
        boxes = {3: (40 + step, 200, 140 + step, 320), 7: (540 - step, 210, 640 - step, 330)}
        labels = places.place(boxes, [LABEL, LABEL], SIZE)
        spots = [(x, y, x + LABEL[0], y + LABEL[1]) for x, y in labels]
        for one, other in ((spots[0], spots[1]), (spots[0], boxes[7]), (spots[1], boxes[3])):
            apart = (
                one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            )
            assert apart, step


def test_a_label_leaves_the_frame_only_if_it_is_larger():
    ((left, top),) = SteadyPlaces().place({0: (600, 440, 700, 520)}, [LABEL], SIZE)
    assert 0 <= left <= 640 - 120
    assert 0 <= top <= 480 - 24
    assert SteadyPlaces().place({0: (0, 0, 90, 20)}, [LABEL], (100, 20)) == [(0, 0)]
