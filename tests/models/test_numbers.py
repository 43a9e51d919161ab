import pytest

from mien.models.numbers import finite, whole


def test_numbers_are_returned():
    assert finite(3) == 3.0
    assert type(finite(3)) is float
    assert (finite(-0.5), whole(7)) == (-0.5, 7)


@pytest.mark.parametrize("value", [True, "1", None, float("nan"), float("inf"), [1.0], 10**400])
def test_what_is_not_a_finite_number_is_refused(value):
    with pytest.raises(ValueError, match="is not a number"):
        finite(value)


@pytest.mark.parametrize("value", [False, 1.0, "1", None])
def test_what_is_not_a_whole_number_is_refused(value):
    with pytest.raises(ValueError, match="is not a whole number"):
        whole(value)
