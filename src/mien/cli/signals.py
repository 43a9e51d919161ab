"""Lets the signals that end a process end it, once its files are complete."""

from __future__ import annotations

import _thread
import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_AGAIN = 0.01
"""Seconds after which a signal that was lost is sent again."""

_SIGNALLED = 128
"""The exit code of a process that a signal ended, as shells give it, is this and its number."""


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let the signals that end a process complete the files first, as Ctrl-C does."""

    def end(number: int, _: object) -> None:
        raise SystemExit(_SIGNALLED + number)

    kinds = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        kinds = []
    # A signal that is ignored, as under nohup, stays ignored.
    kinds = [kind for kind in kinds if signal.getsignal(kind) is signal.SIG_DFL]
    for kind in kinds:
        signal.signal(kind, end)
    try:
        yield
    finally:
        for kind in kinds:
            signal.signal(kind, signal.SIG_DFL)


def send_lost_signals_again() -> None:
    """Let no signal be lost that arrives while Python takes an object apart.

    What is raised there, as in `weakref.finalize` or ``__del__``, Python only prints.
    """
    show = sys.unraisablehook

    def hook(lost: UnraisableHookArgs) -> None:
        number = _number_of(lost.exc_value)
        if number is None:
            show(lost)
            return
        # To raise it here, which is no better a place, would lose it again.
        again = threading.Timer(_AGAIN, _send, [number])
        again.daemon = True
        again.start()

    sys.unraisablehook = hook


def _number_of(error: BaseException | None) -> int | None:
    """Return the signal that raised an exception, if one did."""
    if isinstance(error, KeyboardInterrupt):
        return signal.SIGINT
    if isinstance(error, SystemExit) and isinstance(error.code, int) and error.code > _SIGNALLED:
        return error.code - _SIGNALLED
    return None


def _send(number: int) -> None:
    """Send a signal to the main thread."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        _thread.interrupt_main(signal.Signals(number))
