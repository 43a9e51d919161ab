import signal
import subprocess
import sys

import pytest

LOST = """
import os, signal, time
from mien.cli.program import run_program
from mien.cli.signals import ended_by_signals

class Dying:
    def __del__(self):
        signal.raise_signal({number})  # what its handler raises, Python only prints

def program():
    with ended_by_signals():
        Dying()
        time.sleep(50)

signal.signal(signal.SIGINT, signal.default_int_handler)
run_program(program)
"""


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs the signals of POSIX")
@pytest.mark.parametrize(
    ("name", "code", "said"), [("SIGINT", 130, "mien: Interrupted.\n"), ("SIGTERM", 143, "")]
)
def test_a_signal_while_an_object_is_taken_apart(name: str, code: int, said: str) -> None:
    script = LOST.format(number=int(getattr(signal, name)))
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=45, check=False
    )
    assert (done.returncode, done.stderr) == (code, said)


@pytest.mark.parametrize(
    ("raised", "name"), [("1 / 0", "ZeroDivisionError"), ("exit(137)", "SystemExit")]
)
def test_other_errors_there_are_shown_as_before(raised: str, name: str) -> None:
    script = LOST.format(number=raised).replace("time.sleep(50)", "pass")
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=45, check=False
    )
    assert done.returncode == 0
    assert "Exception ignored in" in done.stderr and name in done.stderr
