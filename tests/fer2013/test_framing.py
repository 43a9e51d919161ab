import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.fer2013.framing import to_face


def test_face_of_the_right_size_is_untouched() -> None:
    face = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    assert to_face(face) is face


def test_short_side_is_filled_up_with_its_edges() -> None:
    wide = np.zeros((48, 96), np.uint8)
    wide[0], wide[-1] = 200, 100
    face = to_face(wide)
    # 24 rows above and below the picture become 12 each.
    assert face.shape == (48, 48)
    assert (face[:12] == 200).all()
    assert (face[36:] == 100).all()
    assert (face[13:35] == 0).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 130), st.integers(1, 130), st.integers(0, 255))
def test_a_flat_picture_of_any_size_stays_flat(height: int, width: int, value: int) -> None:
    assert (to_face(np.full((height, width), value, np.uint8)) == value).all()
