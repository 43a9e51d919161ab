"""What is left when the command is stopped: by signals, full disks and closed pipes."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

OUTPUTS = [(), *((flag, "-") for flag in ("--json", "--csv", "--parquet", "--sheet"))]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
@pytest.mark.parametrize("words", OUTPUTS)
def test_a_full_standard_output_is_a_sentence(net, photos, words):
    command = [sys.executable, "-m", "mien", "detect", "bare.png", "--net", str(net)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*command, *words], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert b"No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit of the file size")
@pytest.mark.parametrize("word", ["--json", "--csv", "--parquet"])
def test_a_full_disk_is_a_sentence(net, photos, word):
    import resource

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    command = [sys.executable, "-B", "-m", "mien", "detect", ".", "--net", str(net)]
    words = ("--no-annotate", word, "t.out")
    done = subprocess.run([*command, *words], capture_output=True, preexec_fn=limit)
    assert done.returncode == 2
    assert b"Cannot write t.out: " in done.stderr
    assert b"Traceback" not in done.stderr
    assert sorted(path.name for path in photos.iterdir()) == ["Eileen à 東京.jpg", "bare.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("kind", ["SIGTERM", "SIGHUP"])
def test_what_was_read_stays_after_a_signal(net, photos, kind):
    number = getattr(signal, kind)
    for count in range(100):
        Path(f"{count:02}.png").write_bytes(Path("bare.png").read_bytes())
    # A pipe has no end, so the run waits in it.
    os.mkfifo("z.jpg")
    command = [sys.executable, "-m", "mien", "detect", "*.png", "z.jpg", "--net", str(net)]
    process = subprocess.Popen(
        [*command, "--csv", "t.csv", "--no-annotate"],
        stdout=subprocess.PIPE,
        # Under nohup, which ignores SIGHUP, the run would go on.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    assert b"no face" in process.stdout.readline()
    process.send_signal(number)
    time.sleep(0.05)
    while process.poll() is None:
        with contextlib.suppress(OSError):
            os.close(os.open("z.jpg", os.O_WRONLY | os.O_NONBLOCK))
        time.sleep(0.01)
    process.communicate()
    assert process.returncode == 128 + number
    assert len(Path("t.csv").read_text().splitlines()) >= 2
    assert Path("metadata.json").is_file()
    assert list(photos.glob(".mien-*")) == []


def test_what_was_read_stays_after_an_interrupt(run, photos, monkeypatch):
    from mien.perception.reader import Reader

    class InterruptError(Exception):
        pass

    def read_many(self, sources, **_):
        yield self.read(sources[0], keep_image=True)
        raise InterruptError

    monkeypatch.setattr(Reader, "read_many", read_many)
    with pytest.raises(InterruptError):
        run("bare.png", "Eileen à 東京.jpg", "--json", "t.json", "--csv", "t.csv")
    assert [entry["source"] for entry in json.loads(Path("t.json").read_text())] == ["bare.png"]
    assert len(Path("t.csv").read_text().splitlines()) == 2
    assert json.loads(Path("metadata.json").read_text())["program"] == "mien"
    assert list(photos.glob(".mien-*")) == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs a pipe of a known size")
def test_a_closed_pipe_leaves_the_files(net, photos):
    # Longer lines than the pipe has room for, so that the reader is waited for.
    for number in range(40):
        Path(f"{number:02}{'x' * 200}.png").write_bytes(Path("bare.png").read_bytes())
    command = [sys.executable, "-m", "mien", "detect", ".", "--net", str(net), "--no-annotate"]
    process = subprocess.Popen(
        [*command, "--json", "t.json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, pipesize=4096,
    )
    process.stdout.readline()
    process.stdout.close()
    _, err = process.communicate()
    assert process.returncode != 0
    assert b"Traceback" not in err
    assert 1 <= len(json.loads(Path("t.json").read_text())) < 42
