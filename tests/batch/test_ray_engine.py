"""Ray writes the parts that this machine alone writes, and dead workers cost nothing."""

import contextlib
import os
import re
import runpy
import shutil
import signal
import socket
import sys
import tempfile
import types
from collections.abc import Iterator
from pathlib import Path

import pyarrow
import pytest

from mien.batch import BatchJob, ShardResult
from mien.batch.engines import ray_cluster, ray_engine
from mien.errors import MissingExtraError, OutputError, ServerError
from mien.settings import BatchSettings

pictures = types.SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "ray_pictures.py")))

on_linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures."""
    return pictures.make(tmp_path_factory.mktemp("ray") / "photos")


@pytest.fixture(scope="module")
def expected(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The parts that this machine alone writes."""
    out = tmp_path_factory.mktemp("local") / "out"
    with BatchJob(BatchSettings(sources=(str(source),), out=out, shard_size=2)) as job:
        assert job.run().complete
    return {part.name: part.read_bytes() for part in pictures.parts(out)}


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for temporary files whose path is short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="mien-t-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def is_complete(out: Path, expected: dict[str, bytes]) -> bool:
    """Return whether the parts are the right ones, with every picture in exactly one."""
    names = [f"{number:02d}.png" for number in range(pictures.COUNT)]
    assert pictures.inputs(out) == dict.fromkeys(names, 1)
    return {part.name: part.read_bytes() for part in pictures.parts(out)} == expected


@pytest.fixture
def planned(source: Path, tmp_path: Path) -> Path:
    """A folder of outputs with a plan, and nothing read."""
    with BatchJob(BatchSettings(sources=(str(source),), out=tmp_path, shard_size=2)):
        pass
    return tmp_path


def answer(folder: Path, *shards: int) -> pyarrow.Table:
    """Have a worker read shards, and return its answer."""
    with contextlib.closing(ray_engine.Worker(str(folder))) as worker:
        return worker(pyarrow.table({"item": shards}))


def test_worker_reads_and_counts(planned: Path, expected: dict[str, bytes]) -> None:
    first, second = answer(planned, 0, 2).to_pylist()
    assert first == {
        "number": 0, "inputs": 2, "rows": 2, "faces": 2, "failures": 0, "raised": None
    }
    # 04.png has no face.
    assert (second["number"], second["faces"]) == (2, 1)
    assert {one.name: one.read_bytes() for one in pictures.parts(planned)} == {
        name: expected[name] for name in ("part-00000.parquet", "part-00002.parquet")
    }


def test_worker_leaves_what_a_dead_one_has_written(planned: Path) -> None:
    first = answer(planned, 1)
    (part,) = pictures.parts(planned)
    written = part.stat().st_mtime_ns
    assert answer(planned, 1) == first
    assert part.stat().st_mtime_ns == written


def test_worker_returns_what_it_would_raise(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"There is no run of mien batch in"):
        list(ray_engine._unpacked(answer(tmp_path, 0)))


def passes(monkeypatch: pytest.MonkeyPatch, *answers: list[int]) -> list[list[int]]:
    """Have Ray answer with some of the shards only, and return those it is asked for."""
    asked: list[list[int]] = []
    remaining = iter(answers)

    def results(
        ray: object, folder: Path, shards: list[int]
    ) -> Iterator[ShardResult]:
        asked.append(list(shards))
        yield from (ShardResult(number, 2, 2, 2, 0) for number in next(remaining))

    monkeypatch.setattr(ray_engine, "connected", contextlib.nullcontext)
    monkeypatch.setattr(ray_engine, "_results", results)
    return asked


def test_shards_of_dead_workers_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = passes(monkeypatch, [5, 3], [], [4])
    assert [one.number for one in ray_engine.run(Path(), [3, 4, 5])] == [5, 3, 4]
    assert asked == [[3, 4, 5], [4], [4]]


def test_shard_that_kills_workers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = passes(monkeypatch, [3], [5], [])
    with pytest.raises(ServerError, match=r"died 3 times with shard 4\.") as caught:
        list(ray_engine.run(Path(), [3, 4, 5]))
    assert "The same run goes on" in caught.value.fix
    assert asked == [[3, 4, 5], [4, 5], [4]]


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"pip install '\.\[batch-ray\]'"):
        next(ray_engine.run(Path(), [0]))


def test_variables_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "1")
    monkeypatch.delenv("RAY_BACKEND_LOG_LEVEL", raising=False)
    fake = types.SimpleNamespace(is_initialized=lambda: True)
    monkeypatch.setattr(ray_cluster, "require", lambda module, extra: fake)
    with ray_cluster.connected(None) as ray:
        assert ray is fake
        assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "1"
    assert "RAY_BACKEND_LOG_LEVEL" not in os.environ


def test_unreachable_cluster_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = types.SimpleNamespace(
        is_initialized=lambda: False, exceptions=types.SimpleNamespace(RayError=RuntimeError)
    )
    monkeypatch.setattr(ray_cluster, "require", lambda module, extra: fake)
    monkeypatch.setattr(ray_cluster, "_reports_logged", contextlib.nullcontext)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(ServerError, match=rf"Cannot reach a Ray cluster at {address}: ."):
            next(ray_engine.run(Path(), [0], address))


@on_linux
def test_folders_of_killed_runs_are_removed(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    left, new = place / "mien-ray-left", place / "mien-ray-new"
    for folder in (left, new):
        folder.mkdir()
        (folder / "session").write_text("of a killed run")
    with ray_cluster._own_folder() as first:
        hour = 3600 * 1_000_000_000
        for folder in (left, first):
            then = folder.stat().st_mtime_ns - hour
            os.utime(folder, ns=(then, then))
        with ray_cluster._own_folder() as second:
            # The one in use and the new one, which may not be locked yet, stay.
            assert set(place.iterdir()) == {new, first, second}
    assert list(place.iterdir()) == [new]


@on_linux
def test_only_the_greeting_is_kept_off_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    with ray_cluster._without_greeting():
        os.write(2, b"Set ray log level from environment variable RAY_BACKEND_LOG_LEVEL to 3\n")
        os.write(2, b"another line\n")
    os.write(2, b"the end\n")
    assert capfd.readouterr().err == "another line\nthe end\n"


@pytest.mark.slow
def test_same_parts_in_silence(
    source: Path, expected: dict[str, bytes], tmp_path: Path, place: Path
) -> None:
    out, err = pictures.finish(pictures.start(pictures.RUN, source, tmp_path, "ray", place=place))
    assert (out, err) == ("24 19 1 True\n", "")
    assert is_complete(tmp_path, expected)
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(
        [*expected, "manifest.json", "plan.parquet"]
    )
    # Neither sockets nor logs are left.
    assert list(place.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_nothing_but_this_machine_is_connected(source: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace.txt"
    words = ["strace", "-f", "-q", "-e", "trace=connect,sendto,sendmsg", "-o", str(trace)]
    run = pictures.start(pictures.RUN, source, tmp_path / "out", "ray", before=words)
    assert pictures.finish(run)[0] == "24 19 1 True\n"
    words = re.findall(r"inet_(?:addr|pton)\(([^)]*)\)", trace.read_text())
    addresses = {address for word in words for address in re.findall(r'"(.*?)"', word)}
    assert "127.0.0.1" in addresses
    assert addresses <= {"127.0.0.1", "::ffff:127.0.0.1", "::1"}


@pytest.mark.slow
@on_linux
def test_killed_worker(
    source: Path, expected: dict[str, bytes], tmp_path: Path, place: Path
) -> None:
    run = pictures.start(pictures.RUN, source, tmp_path, "ray", place=place)
    try:
        pictures.wait_until(lambda: bool(pictures.parts(tmp_path)))
        worker = next(pid for pid, words in pictures.descendants(run.pid) if "MapWorker" in words)
        os.kill(worker, signal.SIGKILL)
    finally:
        out, err = pictures.finish(run)
    assert (out, err) == ("24 19 1 True\n", "")
    assert is_complete(tmp_path, expected)


@pytest.mark.slow
@on_linux
def test_killed_driver(
    source: Path, expected: dict[str, bytes], tmp_path: Path, place: Path
) -> None:
    run = pictures.start(pictures.RUN, source, tmp_path, "ray", place=place)
    pictures.wait_until(lambda: bool(pictures.parts(tmp_path)))
    left = [pid for pid, _ in pictures.descendants(run.pid)]
    run.kill()
    run.communicate(timeout=pictures.PATIENCE)
    pictures.wait_until(lambda: not any(map(pictures.is_running, left)))
    assert len(pictures.parts(tmp_path)) < len(expected)
    (folder,) = place.iterdir()
    os.utime(folder, (0, 0))
    out, err = pictures.finish(pictures.start(pictures.RUN, source, tmp_path, "ray", place=place))
    assert (out, err) == ("24 19 1 True\n", "")
    assert is_complete(tmp_path, expected)
    assert not list(tmp_path.glob(".mien-*"))
    assert list(place.iterdir()) == []


CLUSTER = """
import os, sys, threading, time
from pathlib import Path

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
from ray.cluster_utils import Cluster
from mien.batch import BatchJob
from mien.settings import BatchSettings

source, out = sys.argv[1], Path(sys.argv[2])
cluster = Cluster()
for _ in range(2):
    node = cluster.add_node(num_cpus=1, object_store_memory=100_000_000, include_dashboard=False)

def kill():
    while len(list(out.glob("part-*"))) < 3:
        time.sleep(0.02)
    cluster.remove_node(node, allow_graceful=False)

settings = BatchSettings(
    sources=(source,), out=out, engine="ray", address=cluster.address, shard_size=2
)
with BatchJob(settings) as job:
    killer = threading.Thread(target=kill)
    killer.start()
    result = job.run()
killer.join()
print(result.inputs, result.faces, result.failures, result.complete)
cluster.shutdown()
"""


@pytest.mark.slow
@on_linux
def test_killed_machine(source: Path, expected: dict[str, bytes], tmp_path: Path) -> None:

    out, _ = pictures.finish(pictures.start(CLUSTER, source, tmp_path))
    assert out.splitlines()[-1] == "24 19 1 True"
    assert is_complete(tmp_path, expected)
