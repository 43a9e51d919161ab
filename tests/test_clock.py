import pytest

from mien.clock import clock, parse_range, parse_time, to_microsecond
from mien.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0), ("12", 12), ("12.5", 12.5), (" .25 ", 0.25), ("100", 100), ("3.", 3),
        ("0:10", 10), ("1:02.5", 62.5), ("75:00", 4500), ("1:00:00", 3600),
        ("10:02:03.004", 36123.004),
    ],
)  # fmt: skip
def test_times_are_seconds_or_like_a_clock(text, seconds):
    assert parse_time(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "-1", "1:60", "1:60:00", "1:2:3:4", "ten", "1,5", "1e3", "nan", "::", "1:", "٣",
             "12345678901", "9" * 5000, "9" * 400 + ":00"]
)  # fmt: skip
def test_what_is_no_time_is_none(text):
    assert parse_time(text) is None


def test_ranges_have_begin_and_end():
    assert parse_range("0:10-0:12") == (10, 12)
    assert parse_range(" 1.5 - 2:00 ") == (1.5, 120)


@pytest.mark.parametrize(
    "text", ["10", "0:12-0:10", "5-5", "a-b", "1-2-3", "-5", "5-", "0:10–0:12"]
)
def test_what_is_no_range_is_refused(text):
    with pytest.raises(SettingsError, match="Expected a range of time such as 0:10-0:12") as caught:
        parse_range(text)
    assert caught.value.setting == "exclude"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"), (7.5, "0:07.5"), (10, "0:10"), (59.9996, "1:00"), (62.25, "1:02.25"),
        (3600, "1:00:00"), (3723.004, "1:02:03.004"), (0.05, "0:00.05"),
    ],
)  # fmt: skip
def test_times_are_written_as_short_as_they_are(seconds, text):
    assert clock(seconds) == text
    assert parse_time(text) == pytest.approx(seconds, abs=5e-4)


def test_times_before_the_beginning_have_a_minus_sign():
    assert [clock(seconds) for seconds in (-0.5, -61, -0.0001)] == ["-0:00.5", "-1:01", "0:00"]
    assert clock(-3600.25, 1) == "-1:00:00.2"


def test_times_are_rounded_to_the_microsecond():
    assert to_microsecond(0.1 + 0.2) == 0.3
    assert to_microsecond(1 / 3) == 0.333333


def test_times_may_have_a_number_of_decimals():
    assert [clock(seconds, 1) for seconds in (0, 9.96, 61.04)] == ["0:00.0", "0:10.0", "1:01.0"]
    assert [clock(seconds, 0) for seconds in (9.96, 3600)] == ["0:10", "1:00:00"]
