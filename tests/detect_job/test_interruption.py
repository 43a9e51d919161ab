"""Signals between two frames."""

import os
import signal
import threading

import pytest

from mien.detect_job.interruption import Interruption

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


def test_a_signal_waits_for_the_check():
    steps = []
    with pytest.raises(KeyboardInterrupt), Interruption() as interruption:
        signal.raise_signal(signal.SIGINT)
        steps.append("after the signal")
        interruption.check()
        steps.append("never")
    assert steps == ["after the signal"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_signal_does_not_wait():
    with pytest.raises(KeyboardInterrupt), Interruption():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        pytest.fail("The second signal was held back.")


def test_a_signal_that_was_never_checked_takes_effect_at_the_end():
    with pytest.raises(KeyboardInterrupt):
        with Interruption():
            signal.raise_signal(signal.SIGINT)


def test_another_error_goes_first():
    with pytest.raises(ZeroDivisionError), Interruption():
        signal.raise_signal(signal.SIGINT)
        raise ZeroDivisionError


def test_the_handler_that_was_there_decides(monkeypatch):
    seen = []
    before = signal.signal(signal.SIGTERM, lambda number, _: seen.append(number))
    try:
        with Interruption() as interruption:
            signal.raise_signal(signal.SIGTERM)
            assert seen == []
            interruption.check()
            assert seen == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_an_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interruption() as interruption:
            signal.raise_signal(signal.SIGINT)
            interruption.check()
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_get_no_signals():
    seen = []

    def work():
        with Interruption() as interruption:
            interruption.check()
            seen.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [True]
