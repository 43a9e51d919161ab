"""The pool of threads: places, deadlines, and what is refused."""

import asyncio
import threading

import pytest

from mien.serving.problems import RefusalError
from mien.serving.service import UploadMemory, Workers


def test_a_job_returns_its_result_or_raises_its_error():
    async def run():
        workers = Workers(2, 4, 60)
        with pytest.raises(ZeroDivisionError):
            await workers.run(lambda: 1 // 0)
        return await workers.run(lambda: 7)

    assert asyncio.run(run()) == 7


def test_a_request_without_a_place_is_told_when_to_try_again():
    workers = Workers(1, 2, 60)
    with workers.place(), workers.place():
        with pytest.raises(RefusalError) as refusal:
            with workers.place():
                raise AssertionError("there was no place")
        assert refusal.value.status == 503
        assert int(refusal.value.headers["retry-after"]) >= 1
        assert workers.admitted == 2
    assert workers.admitted == 0


def test_bytes_of_uploads_are_limited_altogether():
    memory = UploadMemory(10)
    with memory.share() as take, memory.share() as take_too:
        take(6)
        take_too(4)
        with pytest.raises(RefusalError) as refusal:
            take(1)
        assert (refusal.value.status, refusal.value.headers["retry-after"]) == (503, "1")
        assert memory.held == 10
    assert memory.held == 0


def test_after_the_deadline_a_waiting_job_is_dropped():
    gate, ran = threading.Event(), []

    async def run():
        workers = Workers(1, 4, 0.2)
        first = asyncio.create_task(workers.run(lambda: gate.wait(60)))
        await asyncio.sleep(0)
        with pytest.raises(RefusalError) as refusal:
            await workers.run(lambda: ran.append("late"))
        with pytest.raises(RefusalError):
            await first
        gate.set()
        workers.close()
        return refusal.value

    refusal = asyncio.run(run())
    assert (refusal.status, refusal.title) == (503, "Too slow")
    assert "retry-after" in refusal.headers and not ran


def test_the_wait_grows_with_the_queue():
    workers = Workers(2, 100, 60)
    workers._seconds = 3.0
    workers.admitted = 8
    assert workers.retry_after() == 12
    workers.admitted = 0
    assert workers.retry_after() == 1
