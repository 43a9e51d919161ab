"""Lets the signals that end a process end it, once its files are complete."""

from __future__ import annotations

import _thread
import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_AGAIN = 0.01
"""Seconds after which a signal that was lost is sent again."""


class _SignalledExit(SystemExit):
    """Ends the process with the exit code that shells give one that a signal ended."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let the signals that end a process complete the files first, as Ctrl-C does."""

    def end(number: int, _: object) -> None:
        raise _SignalledExit(number)

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
    if not isinstance(sys.unraisablehook, _SendAgain):
        sys.unraisablehook = _SendAgain(sys.unraisablehook)


class _SendAgain:
    """Sends lost signals again; of anything else, it lets another hook tell."""

    def __init__(self, show: Callable[[UnraisableHookArgs], object]) -> None:
        self._show = show

    def __call__(self, lost: UnraisableHookArgs) -> None:
        number = _number_of(lost.exc_value)
        if number is None:
            self._show(lost)
            return
        # An exception raised here would be lost as well.
        again = threading.Timer(_AGAIN, _send, [number])
        again.daemon = True
        # Where no thread can be started any more, Python is about to end anyway.
        with contextlib.suppress(RuntimeError):
            again.start()


def _number_of(error: BaseException | None) -> int | None:
    """Return the signal that raised an exception, if one did."""
    if isinstance(error, KeyboardInterrupt):
        return signal.SIGINT
    return error.number if isinstance(error, _SignalledExit) else None


def _send(number: int) -> None:
    """Send a signal to the main thread."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        _thread.interrupt_main(signal.Signals(number))
