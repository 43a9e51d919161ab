"""Runs commands of mien in forks of a process that has imported everything already.

A script that `conftest.Preloaded` starts. It reads a job a line, as JSON, and answers each with a
line: how the command ended, and after how many seconds. A fork begins where a new process would
after its imports, so a signal falls into the command's own work, and a command takes tenths of a
second in place of several. Nothing but imports is done before a fork: no thread runs yet.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import signal
import sys
import threading
import time
import traceback
from typing import Any, NoReturn

HEAVY = (
    *("lightning.pytorch", "onnx", "onnxscript", "onnxscript.optimizer", "torch.export"),
    *("torch._dynamo", "torch.onnx._internal.exporter._core", "optuna.visualization.matplotlib"),
    *("sqlalchemy.dialects.sqlite", "matplotlib.pyplot", "matplotlib.backends.backend_agg"),
    *("s3fs", "optuna.importance", "sklearn.ensemble", "networkx"),
)
"""What training, tuning and exporting import when they are called."""

LIGHT = ("cv2", "onnxruntime", "PIL.Image", "av", "pyarrow.parquet", "encodings.cp437")
"""What reading pictures, clips and data imports when it is called."""

LONGEST = 300  # seconds, after which a command counts as hanging


def preload(heavy: bool) -> None:
    """Import what the commands need."""
    import mien

    for name in (*LIGHT, *(HEAVY if heavy else ())):
        # What lacks an extra is not under test here.
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    rooms = [room.name for room in pkgutil.walk_packages(mien.__path__, "mien.")]
    trained = ("mien.training", "mien.export", "mien.tuning", "mien.study", "mien.audit")
    for name in rooms:
        if "__main__" not in name and (heavy or not name.startswith(trained)):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    # The collector would touch, and so copy, all of it in each fork.
    gc.collect()
    gc.freeze()


def begin(job: dict[str, Any]) -> None:
    """Become a process that was started for the job."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update(job["environment"])
    os.chdir(job["folder"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number, name in ((1, "stdout"), (2, "stderr")):
        opened = os.open(job[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        os.dup2(opened, number)
    sys.argv = ["mien", *job["words"]]


def run(job: dict[str, Any]) -> int:
    """Run the job's command, and return its exit code."""
    try:
        begin(job)
        exec(job["setup"], {})
        from mien.cli import main

        main()
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def end(code: int) -> NoReturn:
    """End as Python does, but do not take apart all the modules, which takes a second."""
    # The command is over: what comes now would only interrupt Python's own end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
    except BaseException:
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def watch(pid: int, job: dict[str, Any]) -> dict[str, Any]:
    """Send the job's signal at its moment, and wait for the end."""
    started = time.monotonic()
    moment = started + job["moment"] if job["signal"] else None
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        now = time.monotonic()
        if done:
            return {"code": os.waitstatus_to_exitcode(status), "seconds": now - started}
        if moment is not None and now >= moment:
            os.kill(pid, job["signal"])
            moment = None
        elif now > started + LONGEST:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return {"code": None, "seconds": now - started}
        time.sleep(0.001 if moment is None else max(0, min(0.005, moment - now)))


def serve() -> None:
    """Answer jobs until there are no more."""
    for line in iter(sys.stdin.readline, ""):
        job = json.loads(line)
        pid = os.fork()
        if not pid:
            end(run(job))
        sys.stdout.write(json.dumps(watch(pid, job)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    preload("heavy" in sys.argv)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    serve()
