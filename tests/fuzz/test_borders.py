"""The short form of fuzzing: seeds and mutations of them, the same in every run.

The long form is `make fuzz`. What it found stands as named tests in the rooms that were mended.
"""

import hypothesis
import pytest
from borders import BORDERS
from borders.border import Border, attempt
from hypothesis import given, settings
from hypothesis import strategies as st


@st.composite
def mutations(draw, border):
    """Draw an input that is nearly a seed."""
    data = draw(st.sampled_from(border.seeds()))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(data)))
        end = place + draw(st.sampled_from([0, 0, 1, 1, 2, 4, 16, 10**6]))
        new = draw(st.sampled_from(border.words) | st.binary(max_size=8) | st.just(data[place:end]))
        data = data[:place] + new + data[end:]
    return data[: border.longest]


@pytest.mark.parametrize("border", BORDERS.values(), ids=lambda border: border.name)
def test_only_refusals_leave(border):
    @settings(
        max_examples=border.examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @given(mutations(border))
    def check(data):
        finding = attempt(border, data)
        assert finding is None, finding.detail

    check()


@pytest.mark.parametrize("border", BORDERS.values(), ids=lambda border: border.name)
def test_the_seeds_are_small_and_taken(border):
    seeds = border.seeds()
    assert len(seeds) >= 2
    assert max(map(len, seeds)) <= border.longest
    assert sum(map(_is_taken, [border] * len(seeds), seeds)) >= min(2, len(seeds) / 2)


def test_what_escapes_is_a_finding_with_its_place():
    def fail(data):
        raise KeyError(data)

    finding = attempt(Border("none", fail, longest=9), b"x")
    assert finding.kind.startswith("KeyError from ")
    assert finding.kind.endswith("test_borders.py, fail")
    assert "KeyError: b'x'" in finding.detail


def test_a_case_that_takes_too_much_time_or_memory_is_a_finding(monkeypatch):
    monkeypatch.setattr("borders.border.MOST_SECONDS", 0.05)
    monkeypatch.setattr("borders.border.MOST_MEMORY", 50e6)
    slow = Border("none", lambda data: sum(range(10_000_000)), longest=9)
    assert attempt(slow, b"").kind == "too slow"
    monkeypatch.setattr("borders.border.MOST_SECONDS", 100)
    large = Border("none", lambda data: b"x" * 2_000_000_000 and None, longest=9)
    assert attempt(large, b"").kind == "too large"


def _is_taken(border, data):
    try:
        border.take(data)
    except border.refusals:
        return False
    return True
