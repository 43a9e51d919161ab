import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from mien.perception.helper import Helper
from mien.perception.looks import look_at_whole
from mien.perception.yunet import Yunet


def test_the_helper_works_beside() -> None:
    finish = Helper().begin(threading.current_thread)
    while not (worker := finish()).name.startswith("mien-helper"):
        finish = Helper().begin(threading.current_thread)  # this thread was faster
    assert worker is not threading.current_thread()


def test_what_a_busy_helper_has_not_begun_the_caller_does() -> None:
    helper, begun, end = Helper(), threading.Event(), threading.Event()

    def wait() -> str:
        begun.set()
        end.wait()
        return "waited"

    first = helper.begin(wait)
    begun.wait()
    assert helper.begin(threading.current_thread)() is threading.current_thread()
    end.set()
    assert first() == "waited"


def test_errors_are_raised_where_the_result_is_asked_for() -> None:
    finish = Helper().begin(lambda: 1 // 0)
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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_does_the_work_itself() -> None:
    script = (
        "import os\n"
        "from mien.perception.helper import Helper\n"
        "helper = Helper()\n"
        "helper.begin(int)()\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    os._exit(helper.begin(lambda: 7)())\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=100
    )
    assert (done.stdout, done.returncode) == ("7\n", 0)


def test_candidates_are_the_same_with_and_without_a_helper(astronaut: NDArray[np.uint8]) -> None:
    yunet, helper = Yunet(1), Helper()
    alone = look_at_whole(yunet, astronaut)
    helped = look_at_whole(yunet, astronaut, helper)
    assert alone and [one.frame for one in helped] == [one.frame for one in alone]
