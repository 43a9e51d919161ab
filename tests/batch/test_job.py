"""Runs: what they write, go on with, refuse, and share with others."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from mien import MienError, Reader
from mien.batch import BatchJob, BatchResult, Plan, ShardReader
from mien.batch.engines import local
from mien.batch.locks import ALIVE, Alive, Claims
from mien.batch.parts import part_path
from mien.errors import DataError, InterruptionError, OutputError, SettingsError
from mien.settings import BatchSettings

Rows = list[dict[str, Any]]
Run = Callable[..., BatchResult]
ReadRows = Callable[[Path], Rows]


def settings(*sources: object, out: Path, **others: Any) -> BatchSettings:
    return BatchSettings(sources=tuple(map(str, sources)), out=out, **{"shard_size": 8, **others})


def parts_of(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.glob("part-*"))}


def test_the_rows_are_those_of_a_reader(folder: Path, whole: Path, rows: ReadRows) -> None:
    reader = Reader()
    table = rows(whole)
    assert len(table) == 22
    for path in sorted(folder.iterdir())[:-1]:
        own = [row for row in table if row["source"] == str(path)]
        picture = reader.read(path)
        assert [row["face_id"] for row in own] == (list(range(len(picture))) or [None])
        for row, face in zip(own, picture, strict=False):
            assert row["success"] == 1 and row["error"] is None
            assert (row["x"], row["expression"]) == (round(face.box[0], 1), face.expression.name)
            assert row["confidence"] == pytest.approx(face.confidence, abs=1e-4)
            assert row["p_happy"] == pytest.approx(face.probabilities[3], abs=1e-4)


def test_pictures_without_a_face_and_broken_ones_have_a_row(whole: Path, rows: ReadRows) -> None:
    none, broken = rows(whole)[-2:]
    assert none["source"].endswith("c-none.png") and broken["source"].endswith("d-broken.jpg")
    for row in (none, broken):
        assert row["success"] == 0
        assert row["x"] is row["expression"] is row["p_happy"] is None
    assert none["error"] is None
    assert broken["error"].startswith(f"{broken['source']} is not a picture in one of")


@pytest.mark.skipif(os.name == "nt", reason="names are always Unicode")
def test_folders_whose_names_are_not_utf8(folder: Path, run: Run, tmp_path: Path) -> None:
    place = tmp_path / os.fsdecode(b"gr\xfcn")
    place.mkdir()
    for name in ("a00.jpg", "a01.jpg", "d-broken.jpg"):
        shutil.copy(folder / name, place)
    for read in (3, 0):  # the second run finds the plan and the parts
        result = run(place, out=place / "table", shard_size=2)
        assert (result.read, result.inputs, result.failures) == (read, 3, 1)


def test_the_manifest_says_what_is_there(whole: Path, folder: Path) -> None:
    manifest = json.loads((whole / "manifest.json").read_text())
    assert manifest["complete"] is True
    counts = {name: manifest[name] for name in ("shards", "inputs", "rows", "faces", "failures")}
    assert counts == {"shards": 3, "inputs": 21, "rows": 22, "faces": 20, "failures": 1}
    assert [part["inputs"] for part in manifest["parts"]] == [8, 8, 5]
    assert manifest["sources"] == [str(folder)]
    assert manifest["sha256"] == Reader().info.sha256
    assert manifest["fingerprint"] == Plan(whole).fingerprint
    assert sorted(path.name for path in whole.iterdir()) == [
        "manifest.json", *(f"part-0000{number}.parquet" for number in range(3)), "plan.parquet"
    ]  # fmt: skip


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_change_no_bit(folder: Path, whole: Path, tmp_path: Path, threads: int) -> None:
    with BatchJob(settings(folder, out=tmp_path / "out", threads=threads)) as job:
        job.run()
    assert parts_of(tmp_path / "out") == parts_of(whole)


def test_shards_in_any_order_and_alone_change_no_bit(whole: Path, tmp_path: Path) -> None:
    shutil.copy(whole / "plan.parquet", tmp_path)
    reader = ShardReader(tmp_path, 2)
    assert [reader.read(shard).inputs for shard in (2, 0, 1)] == [5, 8, 8]
    reader.close()
    assert parts_of(tmp_path) == parts_of(whole)


def test_shares_are_together_the_whole(folder: Path, whole: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    done = [run(folder, out=out, shard=f"{share}/3") for share in (2, 3, 1)]
    assert [(one.read, one.complete) for one in done] == [(8, False), (5, False), (8, True)]
    assert parts_of(out) == parts_of(whole)
    assert (out / "manifest.json").read_bytes() == (whole / "manifest.json").read_bytes()


def test_only_what_is_missing_is_read(
    folder: Path, whole: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = shutil.copytree(whole, tmp_path / "out")
    part_path(out, 1).unlink()
    kept = {number: part_path(out, number).stat().st_mtime_ns for number in (0, 2)}
    seen: list[tuple[int, int | None]] = []
    with BatchJob(settings(folder, out=out)) as job:
        assert job.shards_missing() == [1]
        assert not job.plan.run.endpoint
        result = job.run(lambda done, total: seen.append((done, total)))
    assert (result.read, result.inputs, result.complete) == (8, 21, True)
    assert seen == [(0, 8), (8, 8)]
    assert parts_of(out) == parts_of(whole)
    assert kept == {number: part_path(out, number).stat().st_mtime_ns for number in kept}
    again = run(folder, out=out)
    assert again.read == 0 and again.examples[0][0].endswith("d-broken.jpg")


OTHER_RUNS = {
    "shard_size": ({"shard_size": 9}, "shard size 8 there, and 9 here", "shard_size"),
    "score": ({"min_score": 0.5}, "min score 0.7 there, and 0.5 here", "min_score"),
    "net": ({"net": "lobonet"}, "the SHA-256 of the network is", "net"),
    "coverage": ({"coverage": 0.9}, "coverage unset there, and 0.9 here", "coverage"),
}


@pytest.mark.parametrize("name", OTHER_RUNS)
def test_another_run_is_refused(folder: Path, whole: Path, name: str) -> None:
    others, message, setting = OTHER_RUNS[name]
    before = parts_of(whole)
    with pytest.raises(SettingsError, match=message) as caught:
        BatchJob(settings(folder, out=whole, **others))
    assert caught.value.setting == setting
    assert parts_of(whole) == before and not (whole / ALIVE).exists()


def test_another_listing_is_refused(
    folder: Path, whole: Path, tmp_path: Path, run: Run
) -> None:
    with pytest.raises(SettingsError, match="the sources are .*photos there, and .*a00.jpg here"):
        BatchJob(settings(folder / "a00.jpg", out=whole))
    photos = shutil.copytree(folder, tmp_path / "photos")
    out = tmp_path / "out"
    run(photos, out=out)
    (photos / "a00.jpg").write_bytes(b"more")
    with pytest.raises(DataError, match=r"a00.jpg had [\d,]+ bytes, and now has 4"):
        BatchJob(settings(photos, out=out))
    (photos / "a00.jpg").unlink()
    with pytest.raises(DataError, match="number 1 was .*a00.jpg, and now is .*a01.jpg"):
        BatchJob(settings(photos, out=out))
    # One share of many does not list the pictures again.
    with BatchJob(settings(photos, out=out, shard="1/2")) as job:
        assert job.shards_missing() == []


def test_a_file_that_changes_or_goes_after_the_plan_has_a_row_that_says_so(
    folder: Path, tmp_path: Path, rows: ReadRows
) -> None:
    photos = shutil.copytree(folder, tmp_path / "photos")
    with BatchJob(settings(photos, out=tmp_path / "out")) as job:
        (photos / "a00.jpg").write_bytes((photos / "a01.jpg").read_bytes())
        (photos / "a02.jpg").unlink()
        assert job.run().failures == 3
    first, _, third = rows(tmp_path / "out")[:3]
    assert "a00.jpg has changed since the run was planned: it had" in first["error"]
    assert "a02.jpg, but there is no such file" in third["error"]


def test_a_tar_file_that_is_damaged_after_the_plan_has_rows_that_say_so(
    folder: Path, tmp_path: Path, rows: ReadRows
) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name in ("a00.jpg", "a01.jpg", "a02.jpg"):
            archive.add(folder / name, name)
    with BatchJob(settings(path, folder / "a03.jpg", out=tmp_path / "out")) as job:
        data = bytearray(path.read_bytes())
        second = 512 + -(-(folder / "a00.jpg").stat().st_size // 512) * 512
        data[second + 150] ^= 0x55  # in the checksum of its header
        path.write_bytes(data)
        assert job.run().failures == 2
    table = rows(tmp_path / "out")
    assert [row["source"].partition(str(tmp_path))[2] for row in table][:3] == [
        "/a.tar#a00.jpg", "/a.tar#1", "/a.tar#2"
    ]  # fmt: skip
    assert [row["success"] for row in table] == [1, 0, 0, 1]
    assert table[1]["error"].startswith(f"{path} is not a tar file, or is damaged: it is cut off")


@pytest.mark.parametrize("name", ["plan.parquet", "manifest.json", "part-00001.parquet"])
def test_files_of_others_are_not_replaced(
    folder: Path, whole: Path, tmp_path: Path, run: Run, name: str
) -> None:
    out = shutil.copytree(whole, tmp_path / "out")
    (out / name).write_bytes(b"mine")
    with pytest.raises(OutputError, match=name) as caught:
        run(folder, out=out)
    assert caught.value.setting == "out"
    assert (out / name).read_bytes() == b"mine"


def test_a_part_of_another_run_is_refused(
    folder: Path, whole: Path, tmp_path: Path, run: Run
) -> None:
    out = tmp_path / "out"
    run(folder, out=out, min_confidence=0.5)
    shutil.copy(part_path(whole, 0), part_path(out, 0))
    with pytest.raises(OutputError, match=r"part-00000.parquet belongs to another run"):
        run(folder, out=out, min_confidence=0.5)


def test_a_flipped_bit_in_a_part_is_noticed(whole: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(part_path(whole, 0), tmp_path))
    data = bytearray(path.read_bytes())
    page = pq.read_metadata(path).row_group(0).column(0)
    data[page.dictionary_page_offset + page.total_compressed_size // 3] ^= 1
    path.write_bytes(data)
    with pytest.raises(OSError, match="CRC"):
        pq.read_table(path, page_checksum_verification=True)


def test_leftovers_are_removed_when_no_run_is_alive(
    folder: Path, whole: Path, tmp_path: Path, run: Run
) -> None:
    out = shutil.copytree(whole, tmp_path / "out")
    leftover, others = out / ".mien-batch-abcdefgh", out / ".mien-journal"
    others.write_bytes(b"of mien detect")
    leftover.write_bytes(b"half a part")
    alive = Alive(out)
    leftover.write_bytes(b"half a part")
    run(folder, out=out)
    assert leftover.exists()
    alive.close()
    run(folder, out=out)
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == [others.name]


CLAIMING = """
import sys
import tarfile
from pathlib import Path
from mien.batch.locks import Claims
claims = Claims(Path(sys.argv[1]))
print(claims.take(1), flush=True)
sys.stdin.read()
"""


def test_a_shard_that_another_process_reads_is_left_to_it(whole: Path, tmp_path: Path) -> None:
    shutil.copy(whole / "plan.parquet", tmp_path)
    words = [sys.executable, "-c", CLAIMING, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"True\n"
        with contextlib.closing(Claims(tmp_path)) as claims:
            assert not claims.take(1)
            assert claims.take(2)
        results = local.run(tmp_path, [0, 1, 2])
        assert [next(results).number, next(results).number] == [0, 2]
        assert not part_path(tmp_path, 1).exists()
        # It dies without having read its shard.
        other.kill()
        other.wait()
        assert [result.number for result in results] == [1]
    assert parts_of(tmp_path) == parts_of(whole)


def test_an_interrupted_run_keeps_what_is_complete(
    folder: Path, whole: Path, tmp_path: Path, run: Run
) -> None:
    def interrupt(done: int, total: int | None) -> None:
        if done == 16:
            raise KeyboardInterrupt

    out = tmp_path / "out"
    with pytest.raises(InterruptionError, match=r"Interrupted after 1 of 3 shards"):
        with BatchJob(settings(folder, out=out)) as job:
            job.run(interrupt)
    assert list(parts_of(out)) == ["part-00000.parquet"]
    assert not list(out.glob(".mien-*"))
    assert run(folder, out=out).read == 13
    assert parts_of(out) == parts_of(whole)


def test_a_picture_that_makes_mien_fail_has_a_row(
    folder: Path, tmp_path: Path, run: Run, rows: ReadRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Reader, image: Any, faint: float | None = None) -> Any:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(Reader, "find", fail)
    run(folder / "a00.jpg", out=tmp_path / "out")
    (row,) = rows(tmp_path / "out")
    assert row["error"] == f"{folder / 'a00.jpg'} met a defect of mien: ZeroDivisionError: by zero"


def test_a_network_that_changed_is_refused(whole: Path, tmp_path: Path) -> None:
    plan = Plan(whole)
    assert plan.run.net == "mien-s"
    from mien.batch.plan import write_plan
    from mien.batch.run_id import RunId

    other = RunId(**{**vars(plan.run), "info_sha256": "0" * 64})
    write_plan(tmp_path, other, plan.slices(), dict)
    with pytest.raises(MienError, match="is not the one that the run was planned with"):
        ShardReader(tmp_path)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "share": ({"shard": "4/3"}, "Expected a share such as 3/8"),
    "share 0": ({"shard": "0/3"}, "Expected a share such as 3/8"),
    "words": ({"shard": "three"}, "Expected a share such as 3/8"),
    "address": ({"address": "auto"}, "The address is that of a Ray cluster"),
    "no out": ({"out": None}, "No folder was named"),
    "no source": ({"sources": ()}, "No pictures were named"),
    "coverage": ({"coverage": 0.123}, "coverage"),
    "net": ({"net": "nothing"}, "nothing"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_settings_are_refused_before_anything_is_made(
    folder: Path, tmp_path: Path, name: str
) -> None:
    others, message = REFUSED[name]
    given = {"sources": (str(folder),), "out": tmp_path / "out", **others}
    with pytest.raises(MienError, match=message):
        BatchJob(BatchSettings(**given))
    assert not (tmp_path / "out").exists()


def test_a_failed_plan_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"There is no file nowhere\.jpg"):
        BatchJob(settings("nowhere.jpg", out=tmp_path / "out"))
    assert not (tmp_path / "out").exists()
