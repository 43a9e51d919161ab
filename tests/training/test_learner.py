import pytest

from mien.training.learner import WARM_UP, one_cycle

# part of the training done, share of the peak rate: the ends and the middles of both cosines
CYCLE = [
    (0.0, 0.04),
    (WARM_UP / 2, 0.52),
    (WARM_UP, 1.0),
    ((1 + WARM_UP) / 2, 0.5),
    (1.0, 0.0),
]


@pytest.mark.parametrize(("part", "share"), CYCLE)
def test_one_cycle(part: float, share: float) -> None:
    assert one_cycle(round(part * 8000), 8000) == pytest.approx(share, abs=1e-6)
