"""Joins a Ray cluster, or starts one that keeps to this machine."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from mien.cores import usable_cores
from mien.errors import ServerError, require

EXTRA = "batch-ray"
"""The extra of mien that installs Ray."""

_LOGS = "mien-ray-"
"""What the names of the folders begin with that local clusters keep sockets and logs in."""

_STORE = 100_000_000
"""Bytes of the memory that a local cluster shares objects in; they are only numbers of shards. Ray
asks for 75 MB at least, and takes 30% of the machine's memory unless told."""

_NEW = 60.0
"""Seconds for which a folder is left alone, whether or not it is locked."""

_PATIENCE = 10.0
"""Seconds for a cluster to answer at its address."""

_LONGEST = 40
"""Characters of a folder for sockets: their whole paths may have 107, and Ray adds 60."""

_QUIET = {
    # Ray tells its makers about each cluster unless it is told not to.
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
}
"""Variables that Ray reads when it is imported and when processes start."""

_LOOPBACK = {
    # On Linux too, this makes 127.0.0.1 the address of a cluster of one machine. Otherwise Ray
    # looks for the way to a server on the internet to learn its own address.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    # The servers of metrics, which listen for others.
    "RAY_enable_metrics_collection": "0",
}


_GREETING = b"RAY_BACKEND_LOG_LEVEL"


@contextlib.contextmanager
def connected(address: str | None) -> Iterator[Any]:
    """Return the module ``ray``, connected to a cluster until the block ends.

    A connection that the program has already is used, and stays.

    Parameters
    ----------
    address
        A running cluster, such as ``"auto"`` or ``"10.0.0.1:6379"``; None starts one on this
        machine, which ends with the block.

    Raises
    ------
    MissingExtraError
        If Ray is not installed.
    ServerError
        If the cluster cannot be reached or started.
    """
    with _variables(_QUIET if address else _QUIET | _LOOPBACK):
        ray = require("ray", EXTRA)
        require("ray.data", EXTRA)
        if ray.is_initialized():
            yield ray
            return
        with _reports_logged(), _joined(ray, address) if address else _started(ray):
            try:
                yield ray
            finally:
                ray.shutdown()


@contextlib.contextmanager
def _joined(ray: Any, address: str) -> Iterator[None]:
    try:
        _knock(address)
        with _without_greeting():
            ray.init(address, log_to_driver=False, logging_level=logging.CRITICAL)
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise ServerError(
            f"Cannot reach a Ray cluster at {address}: {_first_line(error)}.",
            "Check the address, and that the cluster runs the same versions of Ray and Python.",
            "address",
        ) from error
    yield


def _knock(address: str) -> None:
    """Try the address of a cluster; Ray itself would try for minutes.

    Raises
    ------
    OSError
        If nobody is there.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()


@contextlib.contextmanager
def _started(ray: Any) -> Iterator[None]:
    """Start a cluster on this machine whose files are gone afterwards."""
    with _own_folder() as folder, _own_address(), _without_page():
        try:
            with _without_greeting():
                ray.init(
                    "local",
                    num_cpus=usable_cores(),
                    include_dashboard=False,
                    log_to_driver=False,
                    logging_level=logging.CRITICAL,
                    object_store_memory=_STORE,
                    _node_ip_address="127.0.0.1",
                    _temp_dir=str(folder),
                )
        except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
            raise ServerError(
                f"Cannot start Ray on this machine: {_first_line(error)}.",
                "Read with the engine local, which needs no cluster.",
                "engine",
            ) from error
        yield


@contextlib.contextmanager
def _own_address() -> Iterator[None]:
    """Have Ray take the loopback address also if the program imported it before."""
    from ray._private import ray_constants

    with _replaced(ray_constants, "ENABLE_RAY_CLUSTER", False):
        yield


@contextlib.contextmanager
def _without_page() -> Iterator[None]:
    """Keep Ray from starting the server of its page, which it does even if told not to show it.

    That server asks the services of clouds which of them it is in, and reports to Ray's makers
    that reports are switched off.
    """
    from ray._private import services

    with _replaced(services, "start_api_server", lambda *_, **__: (None, None)):
        yield


@contextlib.contextmanager
def _reports_logged() -> Iterator[None]:
    """Have Ray log what it prints on stdout, such as that a worker died."""
    from ray._private import worker

    def log(report: dict[str, Any], *_: object, **__: object) -> None:
        logging.getLogger(__name__).info("%s", "\n".join(report["lines"]))

    with _replaced(worker, "print_to_stdstream", log):
        yield


@contextlib.contextmanager
def _replaced(module: ModuleType, name: str, value: object) -> Iterator[None]:
    """Give a name in Ray, for which it has no setting, another meaning until the block ends."""
    earlier = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, earlier)


@contextlib.contextmanager
def _own_folder() -> Iterator[Path]:
    """Make a folder for sockets and logs; those that killed runs left are removed."""
    own = tempfile.gettempdir()
    place = Path(own if len(own) <= _LONGEST else "/tmp")  # noqa: S108
    _remove_leftovers(place)
    folder = Path(tempfile.mkdtemp(prefix=_LOGS, dir=place))
    try:
        with _locked(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold the lock of a folder, which ends with the process; tell whether that worked."""
    try:
        import fcntl
    except ImportError:
        # Without locks, what is left cannot be told from what is in use.
        yield False
        return
    with (folder / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def _remove_leftovers(place: Path) -> None:
    """Remove the folders of this user's runs that are no more."""
    for folder in place.glob(f"{_LOGS}*"):
        with contextlib.suppress(OSError, AttributeError):  # Windows has no numbers of users.
            about = folder.lstat()
            # A new one may not be locked yet.
            old = time.time() - about.st_mtime > _NEW
            if old and about.st_uid == os.getuid():
                with _locked(folder) as left:
                    if left:
                        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _variables(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables, and put back what was there."""
    earlier = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in earlier.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _without_greeting() -> Iterator[None]:
    """Keep what Ray writes when it is told to be quiet off stderr; all else comes a little later.

    It is written below Python, to the file itself.
    """
    try:
        real = os.dup(2)
    except OSError:
        # Closed.
        yield
        return
    with os.fdopen(real, "wb") as stderr, tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
        finally:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(real, 2)
            kept.seek(0)
            stderr.writelines(line for line in kept if _GREETING not in line)


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__
