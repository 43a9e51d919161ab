"""Lets signals such as Ctrl-C take effect between two frames, and not within one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")

_Handler = Callable[[int, FrameType | None], Any]


class Interruption:
    """Holds back the first signal that would end the process until `check` is called.

    A context manager. A second signal takes effect at once, in case the first frame never ends. In
    threads other than the main one, which get no signals, it does nothing.
    """

    def __init__(self) -> None:
        self._handlers: dict[int, _Handler] = {}
        self._signal: int | None = None

    def check(self) -> None:
        """Do what the signal that came meanwhile does, such as raise `KeyboardInterrupt`."""
        number, self._signal = self._signal, None
        if number is not None:
            self._handlers[number](number, None)

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for name in _NAMES:
                number = getattr(signal, name, None)
                handler = None if number is None else signal.getsignal(number)
                # A signal that is ignored or ends the process at once stays as it is.
                if number is not None and callable(handler):
                    self._handlers[number] = handler
                    signal.signal(number, self._hold)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._restore()
        if kind is None:
            self.check()

    def _hold(self, number: int, frame: FrameType | None) -> None:
        self._signal = number
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
