"""The command mien batch: what it prints, and its exit codes."""

import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from mien.cli.batch import run_batch
from mien.settings import load

Command = Callable[..., tuple[int, str, str]]

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with two photos in a folder of it."""
    from PIL import Image
    from skimage.data import astronaut

    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    for number in range(2):
        Image.fromarray(astronaut()).resize((160, 160)).save(f"photos/{number}.png")
    return tmp_path


def test_a_run_says_what_it_did(command: Command, photos: Path) -> None:
    for name in ("notes.md", "raw.cr2", "raw2.cr2"):
        Path(f"photos/{name}").write_text("x")
    code, out, err = command("batch", "photos", "--out", "table", "--shard-size", 1)
    assert (code, err.splitlines()) == (
        0,
        [
            "mien: Left out 2 files (.cr2) in a format that is not supported.",
            "mien: Left out 1 file (.md), which is not a picture.",
        ],
    )
    first, read, total, arrow = out.splitlines()
    assert first == "2 pictures in 2 shards; 2 shards to be read here."
    assert read.startswith("Read 2 pictures in ") and read.endswith(" a second.")
    assert (total, arrow) == ("2 pictures, 2 faces; complete.", "  -> table")
    code, out, _ = command("batch", "photos", "--out", "table", "--shard-size", 1)
    assert code == 0
    assert out.splitlines() == [
        "2 pictures in 2 shards; nothing is missing here.",
        "2 pictures, 2 faces; complete.",
        "  -> table",
    ]


def test_a_share_says_that_others_are_missing(command: Command, photos: Path) -> None:
    words = ("batch", "photos", "--out", "table", "--shard-size", 1, "--shard")
    code, out, _ = command(*words, "2/2")
    assert (code, out.splitlines()[0]) == (0, "2 pictures in 2 shards; 1 shard to be read here.")
    assert out.splitlines()[2] == "1 picture, 1 face; other shares are missing."
    code, out, _ = command(*words, "1/2")
    assert out.splitlines()[2] == "1 picture, 1 face; complete."


def test_pictures_that_failed_are_counted_and_the_first_named(
    command: Command, photos: Path
) -> None:
    for number in range(5):
        Path(f"photos/b{number}.jpg").write_bytes(b"")
    for _ in range(2):
        code, out, err = command("batch", "photos", "--out", "table")
        assert code == 1
        assert "7 pictures, 2 faces; complete." in out
        assert err.splitlines() == [
            "mien: 5 pictures could not be read; the column error says why:",
            *(f"  photos/b{n}.jpg is empty: it has 0 bytes. Get the file again." for n in range(3)),
            "  and 2 more.",
        ]


MISTAKES = {
    "no source": ([], "No pictures were named.", "(Argument: SOURCE.)"),
    "no out": (["photos"], "No folder was named for the table.", "(Flag: --out.)"),
    "nowhere": (["nowhere", "--out", "table"], "There is no file nowhere.", ""),
    "share": (["photos", "--out", "table", "--shard", "9/8"], "such as 3/8", "(Flag: --shard.)"),
    "file": (["photos", "--out", "photos/0.png"], "it is a file", "(Flag: --out.)"),
    "size": (["photos", "--out", "table", "--shard-size", "0"], "batch.shard_size", ""),
    "engine": (["photos", "--out", "table", "--engine", "spark"], "'local' or 'ray'", ""),
    "address": (["photos", "--out", "table", "--address", "a"], "Ray cluster", "--address"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_sentences(command: Command, photos: Path, name: str) -> None:
    words, message, flag = MISTAKES[name]
    code, out, err = command("batch", *words)
    assert (code, out) == (2, "")
    assert err.startswith("mien: ") and message in err and flag in err
    assert not Path("table").exists()


def test_another_run_in_the_folder_is_refused_with_the_flag(
    command: Command, photos: Path
) -> None:
    command("batch", "photos", "--out", "table")
    code, _, err = command("batch", "photos", "--out", "table", "--min-score", 0.5)
    assert code == 2
    assert "another run in table: min score 0.7 there, and 0.5 here." in err
    assert err.endswith("(Flag: --min-score.)\n")


def test_the_settings_of_reading_are_used(command: Command, photos: Path) -> None:
    words = ("--min-confidence", 1, "--coverage", 0.9, "--max-megapixels", 0.02)
    Path("photos/0.png").write_bytes(Path("photos/1.png").read_bytes())
    code, _, _ = command("batch", "photos", "--out", "a", *words)
    assert code == 1
    errors = pq.read_table("a/part-00000.parquet")["error"].to_pylist()
    assert "max-megapixels" not in str(errors) and "megapixels" in errors[0]
    command("batch", "photos", "--out", "b", *words[:4])
    (first, _) = pq.read_table("b/part-00000.parquet").to_pylist()
    assert (first["sure"], first["coverage"]) == (False, 0.9)
    assert first["expression"] in first["prediction_set"]


def test_main_py_runs_it(
    photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = photos / "config.toml"
    config.write_text('mode = "FER-batch"\n[batch]\nsources = ["photos"]\nout = "table"\n')
    monkeypatch.setattr(sys, "argv", ["main.py", str(config)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(PROJECT / "main.py"), run_name="__main__")
    assert ended.value.code == 0
    printed = capsys.readouterr()
    assert "2 pictures, 2 faces; complete." in printed.out and printed.err == ""
    assert len(pq.read_table("table/part-00000.parquet")) == 2


def test_the_function_behind_it_returns_the_exit_code(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load(environment=False, batch={"sources": ["photos"], "out": "table"})
    assert run_batch(settings) == 0
    assert "complete." in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(
    ("kind", "code"),
    [("SIGINT", 130), pytest.param("SIGTERM", 143, marks=pytest.mark.slow)],
)
def test_a_signal_keeps_what_is_complete(photos: Path, kind: str, code: int) -> None:
    Path("many.txt").write_text("photos/0.png\n" * 2000)
    words = [sys.executable, "-m", "mien", "batch", "many.txt", "--out", "table"]
    with subprocess.Popen(
        [*words, "--shard-size", "4"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        for _ in range(6000):
            if Path("table/part-00001.parquet").exists() or run.poll() is not None:
                break
            time.sleep(0.05)
        run.send_signal(getattr(signal, kind))
        _, err = run.communicate(timeout=300)
    assert run.returncode == code, err.decode()
    assert b"Traceback" not in err
    if kind == "SIGINT":
        assert b"mien: Interrupted after " in err and b"what is complete is in table" in err
    parts = sorted(Path("table").glob("part-*"))
    assert len(parts) >= 2
    assert all(len(pq.read_table(part)) == 4 for part in parts)
    assert not list(Path("table").glob(".mien-*"))


@pytest.mark.skipif(os.name == "nt", reason="needs a pipe with a name")
def test_a_pipe_is_not_waited_for(command: Command, photos: Path) -> None:
    os.mkfifo("photos/pipe.png")
    Path("some.txt").write_text("photos/pipe.png\nphotos\n")
    code, _, err = command("batch", "some.txt", "--out", "table")
    assert code == 1
    assert "Expected a picture at photos/pipe.png, but it is a pipe or a device." in err
    assert "Cannot read photos: Is a directory." in err


def test_full_disks_and_folders_that_may_not_be_written_are_sentences(photos: Path) -> None:
    resource = pytest.importorskip("resource")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    words = [sys.executable, "-B", "-m", "mien", "batch", "photos", "--out", "table"]
    done = subprocess.run(words, capture_output=True, preexec_fn=limit, text=True)
    assert done.returncode == 2
    assert "Cannot write table/plan.parquet: File too large." in done.stderr
    assert "Traceback" not in done.stderr
    assert not Path("table").exists()
