import subprocess
import sys
import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from mien.perception.beside import begin_beside
from mien.perception.looks import look_at_whole
from mien.perception.yunet import Yunet


def test_the_work_is_done_beside() -> None:
    begun = threading.Event()

    def work() -> threading.Thread:
        begun.set()
        return threading.current_thread()

    finish = begin_beside(work)
    begun.wait()
    assert finish().name == "mien-beside"


def test_what_has_not_begun_the_caller_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.Thread.start", lambda thread: None)
    assert begin_beside(threading.current_thread)() is threading.current_thread()


def test_errors_are_raised_where_the_result_is_asked_for() -> None:
    begun = threading.Event()

    def fail() -> None:
        begun.set()
        raise ZeroDivisionError

    finish = begin_beside(fail)
    begun.wait()
    with pytest.raises(ZeroDivisionError):
        finish()


def test_pictures_are_read_after_the_main_thread_has_ended() -> None:
    script = (
        "import threading, time\n"
        "import numpy as np, mien\n"
        "reader = mien.Reader(threads=2)\n"
        "def read():\n"
        "    threading.main_thread().join()\n"
        "    time.sleep(0.2)\n"
        "    print(len(reader.read(np.zeros((400, 400, 3), np.uint8))))\n"
        "threading.Thread(target=read).start()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_candidates_are_the_same_helped_or_not(astronaut: NDArray[np.uint8]) -> None:
    yunet = Yunet(1)
    alone = look_at_whole(yunet, astronaut)
    helped = look_at_whole(yunet, astronaut, helped=True)
    assert alone and [one.frame for one in helped] == [one.frame for one in alone]
