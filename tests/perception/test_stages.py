"""What passes work between threads, and how busy stages are."""

import threading
import time
from collections.abc import Iterator

import pytest

from mien.perception.stages import Channel, ClosedError, Stages


def start(channel: Channel[int], items: Iterator[int]) -> threading.Thread:
    thread = threading.Thread(target=channel.fill, args=(items,), daemon=True)
    thread.start()
    return thread


def test_items_pass_in_order_and_then_the_error() -> None:
    def broken() -> Iterator[int]:
        yield from range(20)
        raise OSError("unplugged")

    channel: Channel[int] = Channel(3)
    start(channel, broken())
    taken = []
    with pytest.raises(OSError, match="unplugged"):
        for item in channel:
            taken.append(item)
    assert taken == list(range(20))


def test_the_channel_holds_a_bounded_number() -> None:
    made = []

    def endless() -> Iterator[int]:
        for number in range(10**9):
            made.append(number)
            yield number

    channel: Channel[int] = Channel(3)
    thread = start(channel, endless())
    while len(made) < 4:
        time.sleep(0.001)
    items = iter(channel)
    assert [next(items) for _ in range(5)] == list(range(5))
    assert len(made) <= 5 + 3 + 1
    channel.close()
    thread.join(10)
    assert not thread.is_alive()
    with pytest.raises(ClosedError):
        next(items)


def test_stages_count_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 1.0, 3.0, 3.0, 4.0, 10.0])
    monkeypatch.setattr("mien.perception.stages.time.perf_counter", lambda: next(now))
    stages = Stages()
    with stages.timed("decode"):
        pass
    with stages.timed("search"):
        pass
    assert stages.shares() == {"decode": 0.2, "search": 0.1}


def test_the_source_is_closed_with_its_timed_items() -> None:
    closed = []

    def source() -> Iterator[int]:
        try:
            yield from range(5)
        finally:
            closed.append(True)

    items = Stages().timed_items("decode", source())
    assert next(items) == 0
    items.close()
    assert closed == [True]
