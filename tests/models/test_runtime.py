import os
import subprocess
import sys
from typing import Any

import pytest

from mien.cores import usable_cores
from mien.models import info_path
from mien.models.runtime import open_session

GRAPH = info_path("lobonet").with_suffix(".onnx")


def threads(session: Any) -> int:
    return int(session.get_session_options().intra_op_num_threads)


def test_a_session_has_a_thread_for_each_usable_core() -> None:
    assert threads(open_session(GRAPH)) == usable_cores() >= 1
    assert threads(open_session(GRAPH.read_bytes(), 3)) == 3


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux's affinity")
def test_usable_cores_follow_the_affinity() -> None:
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
        "from mien.cores import usable_cores; print(usable_cores())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"
