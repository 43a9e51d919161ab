"""Plans: what sources name, in which order, cut into shards; and what is refused in a sentence."""

import dataclasses
import http.server
import io
import os
import subprocess
import sys
import tarfile
import threading
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien import MienError
from mien.batch import Plan, Slice
from mien.batch.listing import Lister
from mien.batch.plan import cut, write_plan
from mien.batch.planning import count_inputs, prepare_plan
from mien.batch.run_id import RunId
from mien.batch.storage import Storage
from mien.errors import DataError, SettingsError
from mien.settings import BatchSettings


def plan_of(*sources: object, out: Path, size: int = 1000, **others: object) -> Plan:
    names = tuple(map(str, sources))
    out.mkdir(exist_ok=True)
    settings = BatchSettings(sources=names, out=out, shard_size=size, **others)
    return prepare_plan(out, RunId.of(settings), check=True)


def listed(out: Path, *sources: object) -> list[str]:
    lister = Lister(Storage(), out)
    return [name for name, _, _ in lister.files(tuple(map(str, sources)))]


def files(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


PIECES = st.lists(
    st.tuples(st.sampled_from(["file", "parquet", "tar"]), st.integers(0, 30)), max_size=20
)


@given(PIECES, st.integers(1, 12))
def test_a_cut_has_every_input_once(pieces: list[tuple[str, int]], size: int) -> None:
    slices = [
        Slice(str(number), kind, 0, 1 if kind == "file" else count)  # type: ignore[arg-type]
        for number, (kind, count) in enumerate(pieces)
    ]
    shards = list(cut(slices, size))
    assert [shard.number for shard in shards] == list(range(len(shards)))
    inputs = [
        (one.source, place)
        for shard in shards
        for one in shard.slices
        for place in range(one.start, one.stop)
    ]
    assert inputs == [(one.source, place) for one in slices for place in range(len(one))]
    tars = Counter(one.source for shard in shards for one in shard.slices if one.kind == "tar")
    assert set(tars.values()) <= {1}
    for shard in shards:
        alone = [one for one in shard.slices if len(one)]
        assert shard.inputs <= size or [one.kind for one in alone] == ["tar"]


def test_shards_are_full_where_there_are_only_files() -> None:
    shards = list(cut((Slice(str(number)) for number in range(25)), 10))
    assert [shard.inputs for shard in shards] == [10, 10, 5]


def test_a_folder_is_listed_by_names_with_its_subfolders(tmp_path: Path) -> None:
    names = ["b.JPG", "a.png", "sub/z.jpg", "sub/deep/a.webp", "Z.tif", "10.jpg", "9.jpg"]
    left_out = ["x.txt", "notes.md", "raw.cr2", ".hidden.jpg", ".git/a.jpg", "noext"]
    folder = files(tmp_path / "in", *names, *left_out)
    (folder / "sub" / "loop").symlink_to(folder, target_is_directory=True)
    lister = Lister(Storage(), tmp_path / "out")
    found = [name.removeprefix(f"{folder}/") for name, _, _ in lister.files([str(folder)])]
    assert found == ["10.jpg", "9.jpg", "Z.tif", "a.png", "b.JPG", "sub/z.jpg", "sub/deep/a.webp"]
    assert lister.left_out == {".txt": 1, ".md": 1, ".cr2": 1, "": 1}


def test_a_link_that_leads_nowhere_is_listed(tmp_path: Path) -> None:
    folder = files(tmp_path / "in", "a.jpg")
    (folder / "b.jpg").symlink_to("gone.jpg")
    (folder / "c.jpg").symlink_to("a.jpg")
    lister = Lister(Storage(), tmp_path / "out")
    sizes = [size for _, _, size in lister.files([str(folder)])]
    assert sizes == [5, None, 5]


def test_what_mien_wrote_is_left_out(folder: Path, whole: Path, tmp_path: Path) -> None:
    from mien import Reader, draw
    from mien.files import write_jpeg

    reader = Reader()
    image = reader.open(folder / "a00.jpg")
    comment = b"mien annotated copy of 0"
    inside = files(tmp_path / "in", "a.jpg")
    write_jpeg(inside / "a.mien.jpg", draw(image, reader.read(image)), comment=comment)
    (inside / "part-00000.parquet").write_bytes((whole / "part-00000.parquet").read_bytes())
    (inside / "plan.parquet").write_bytes((whole / "plan.parquet").read_bytes())
    files(inside / "out", "b.jpg")
    lister = Lister(Storage(), inside / "out")
    assert [name for name, _, _ in lister.files([str(inside)])] == [f"{inside}/a.jpg"]
    assert lister.left_out == {"mien": 3}


def test_globs_lists_and_braces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files(tmp_path, "in/a1.jpg", "in/a2.jpg", "in/deep/a3.jpg", "in/a.txt", "in/x{1..2}.jpg")
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    assert listed(out, "in/a?.jpg") == ["in/a1.jpg", "in/a2.jpg"]
    assert listed(out, "in/**/a*.jpg") == ["in/a1.jpg", "in/a2.jpg", "in/deep/a3.jpg"]
    assert listed(out, "in/a{1..2}.jpg", "in/x{1..2}.jpg") == [
        "in/a1.jpg", "in/a2.jpg", "in/x{1..2}.jpg"
    ]  # fmt: skip
    # A line may name what is missing, a picture twice, a URL, or a picture without an extension.
    lines = ["deep/a3.jpg", "", "gone.jpg", "deep/a3.jpg", "/abs/b.png", "s3://b/c.jpg", "noext"]
    (tmp_path / "in" / "some.txt").write_text("\n".join(lines))
    assert listed(out, "in/some.txt") == [
        "in/deep/a3.jpg", "in/gone.jpg", "in/deep/a3.jpg", "/abs/b.png", "s3://b/c.jpg", "in/noext"
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="names that are not UTF-8")
def test_names_that_are_not_utf8_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    name = os.fsdecode(b"caf\xe9.jpg")
    (folder / name).write_bytes(b"x")
    plan = plan_of(folder, out=tmp_path / "out")
    (one,) = plan.shard(0).slices
    assert one.source == f"{folder}/{name}" and one.size == 1
    column = pq.read_table(tmp_path / "out" / "plan.parquet")["source"].to_pylist()
    assert column == [f"{folder}/caf\\xe9.jpg"]


def test_a_plan_is_the_same_again_and_the_first_stays(tmp_path: Path) -> None:
    folder = files(tmp_path / "in", *(f"{number}.jpg" for number in range(25)))
    first = plan_of(folder, out=tmp_path / "one", size=10)
    second = plan_of(folder, out=tmp_path / "two", size=10)
    assert (first.shards, first.inputs) == (3, 25)
    assert [first.count(number) for number in range(3)] == [10, 10, 5]
    assert first.fingerprint == second.fingerprint
    assert list(first.slices()) == list(second.slices())
    before = (tmp_path / "one" / "plan.parquet").read_bytes()
    write_plan(tmp_path / "one", first.run, [Slice("other.jpg")], dict)
    assert (tmp_path / "one" / "plan.parquet").read_bytes() == before
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["plan.parquet"]
    third = plan_of(folder, out=tmp_path / "three", size=9)
    assert third.fingerprint != first.fingerprint


def test_files_of_many_are_counted_in_order(tmp_path: Path) -> None:
    for number in range(30):
        table = pa.table({"image": [b"x"] * (number % 4)})
        pq.write_table(table, tmp_path / f"{number:02d}.parquet")
    lister = Lister(Storage(), tmp_path / "out")
    slices = list(count_inputs(lister.files([str(tmp_path)]), Storage(), "image"))
    assert [len(one) for one in slices] == [number % 4 for number in range(30)]
    plan = plan_of(tmp_path, out=tmp_path / "out", size=7)
    assert plan.inputs == sum(map(len, slices))
    # Those without a row are on the list too, and a second run finds nothing changed.
    assert plan_of(tmp_path, out=tmp_path / "out", size=7).fingerprint == plan.fingerprint


def tar_of(*names: str) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 700
            archive.addfile(info, io.BytesIO(b"x" * 700))
    return data.getvalue()


def parquet_of(**columns: object) -> bytes:
    data = io.BytesIO()
    pq.write_table(pa.table(columns), data)
    return data.getvalue()


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]


def test_only_pictures_of_a_tar_file_count(tmp_path: Path) -> None:
    names = ["a.jpg", "a.json", "b/c.PNG", "b/._c.png", "d", "e.cls", "x" * 300 + ".jpg"]
    (tmp_path / "a.tar").write_bytes(tar_of(*names))
    (one,) = plan_of(tmp_path / "a.tar", out=tmp_path / "out").slices()
    assert (one.kind, one.start, one.stop) == ("tar", 0, 3)


TAR = tar_of("a.jpg", "b.jpg", "c.jpg")
PARQUET = parquet_of(image=[b"1", b"2"], label=[0, 1])

BROKEN: dict[str, tuple[str, bytes, str]] = {
    "tar cut in a picture": ("a.tar", TAR[:1200], "a.tar is not a tar .*damaged: unexpected end"),
    "tar cut in a header": ("a.tar", TAR[:2000], "a.tar is not a tar .*it is cut off or damaged"),
    "damaged tar": ("a.tar", flipped(TAR, 1600), "a.tar is not a tar .*it is cut off or damaged"),
    "tar without one": ("a.tar", b"hello" * 300, "a.tar is not a tar file, or is damaged"),
    "empty tar": ("a.tar", b"", "a.tar is not a tar file, or is damaged: empty file"),
    "tar without pictures": ("a.tar", tar_of("a.json"), "The sources name no pictures"),
    "cut Parquet": ("a.parquet", PARQUET[:-20], "a.parquet is not a Parquet file, or is damaged"),
    "no Parquet": ("a.parquet", b"PAR1" + b"x" * 50, "a.parquet is not a Parquet file"),
    "no column": ("a.parquet", parquet_of(img=[b"1"]), "no column 'image' .* but img"),
    "text column": ("a.parquet", parquet_of(image=["1"]), "has no encoded pictures, but values of"),
    "no bytes": ("a.parquet", parquet_of(image=[{"path": "a"}]), "no encoded pictures, but"),
    "latin list": ("a.txt", "a.jpg\ncafé.jpg\n".encode("latin-1"), "Line 2 of .*is not UTF-8"),
    "UTF-16 list": ("a.txt", "a.jpg".encode("utf-16"), "Line 1 of .*a.txt holds a zero byte"),
    "long line": ("a.txt", b"a.jpg\n" + b"x" * 9000, "Line 2 of .* is longer than 8,192 bytes"),
    "empty list": ("a.txt", b"\n\n", "There are no pictures in .*a.txt"),
    "list of a lost tar": ("a.txt", b"gone.tar", "There is no file .*gone.tar"),
    "zip": ("a.zip", b"PK", "a.zip is an archive in a format that is not read"),
    "tar.gz": ("a.tar.gz", b"", "a.tar.gz is an archive in a format that is not read"),
    "CSV": ("a.csv", b"a.jpg", "a.csv is neither a picture nor anything that holds some"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_named(tmp_path: Path, name: str) -> None:
    file, data, message = BROKEN[name]
    (tmp_path / file).write_bytes(data)
    with pytest.raises((DataError, SettingsError), match=message):
        plan_of(tmp_path / file, out=tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "The name of a source is empty"),
        ("nowhere", "There is no file .*nowhere"),
        ("empty", "There are no pictures in .*empty"),
        ("empty/*.jpg", "There are no pictures in .*empty/\\*.jpg"),
        ("gopher://x/a.jpg", "Cannot read gopher://x/a.jpg: Protocol not known"),
    ],
)
def test_sources_that_name_nothing_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, message: str
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MienError, match=message):
        plan_of(source, out=tmp_path / "out")


def test_parquet_and_tar_that_are_damaged_after_the_plan_have_rows_with_the_error(
    tmp_path: Path
) -> None:
    from mien.batch.containers import read

    one = Slice("a.tar", "tar", 0, 3, len(TAR))
    (tmp_path / "a.tar").write_bytes(flipped(TAR, 1600))
    seen = []
    with pytest.raises(DataError, match=r"a\.tar is not a tar file, or is damaged"):
        for name, content in read(Storage(str(tmp_path)), one, "image"):
            seen.append((name, content))
    assert seen == [("a.tar#a.jpg", b"x" * 700)]
    (tmp_path / "a.tar").write_bytes(TAR + b"\0" * 512)
    with pytest.raises(DataError, match=r"a\.tar has changed since the run was planned"):
        list(read(Storage(str(tmp_path)), one, "image"))


LISTING = """
import sys
from pathlib import Path
from mien.batch.planning import prepare_plan
from mien.batch.run_id import RunId
from mien.settings import BatchSettings
out = Path(sys.argv[2])
settings = BatchSettings(sources=(sys.argv[1],), out=out)
plan = prepare_plan(out, RunId.of(settings), check=True)
# What getrusage counts has the process in it that started this one.
status = dict(line.split(":", 1) for line in Path("/proc/self/status").open())
print(plan.inputs, plan.shards, int(status["VmHWM"].split()[0]) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts memory in kB")
def test_a_list_of_a_million_takes_little_memory(tmp_path: Path) -> None:
    with (tmp_path / "some.txt").open("w") as file:
        for number in range(1_000_000):
            file.write(f"photos/{number % 977:03d}/picture-{number:07d}.jpg\n")
    (tmp_path / "out").mkdir()
    words = [sys.executable, "-c", LISTING, str(tmp_path / "some.txt"), str(tmp_path / "out")]
    done = subprocess.run(words, capture_output=True, check=True, text=True)
    inputs, shards, peak = map(int, done.stdout.split())
    assert (inputs, shards) == (1_000_000, 1000)
    assert peak < 300  # MB of the whole process


def test_a_folder_may_be_spelled_differently(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    for source in ("photos", "photos/", "./photos", ".//photos//"):
        plan = plan_of(source, out=tmp_path / "out")  # the same run, or it would be refused
    assert plan.run.sources == ["photos"]
    assert next(plan.slices()).source == "photos/a00.jpg"
    for source, kept in (("/", "/"), (".", "."), ("./", "."), ("", ""), ("s3://b//", "s3://b//")):
        assert RunId.of(BatchSettings(sources=(source,), out=tmp_path)).sources == [kept]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("http://127.0.0.1:1/a.jpg", "Cannot read .*127.0.0.1.* connection"),
        ("clip.mp4", "clip.mp4 is a clip.* mien detect reads clips"),
    ],
)
def test_sources_that_are_none(tmp_path: Path, source: str, problem: str) -> None:
    with pytest.raises(MienError, match=problem):
        plan_of(source, out=tmp_path / "out")


@pytest.mark.parametrize(
    ("status", "problem"),
    [(404, "There is no file"), (403, "There is no file"), (429, "Cannot read .*: 429"),
     (503, "Cannot read .*: 503")],
)  # fmt: skip
def test_what_a_server_answers_of_a_file_or_of_itself(
    tmp_path: Path, status: int, problem: str
) -> None:
    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(status)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(DataError, match=problem):
            Storage().size(f"http://127.0.0.1:{server.server_port}/a.jpg")
        server.shutdown()


def test_a_column_of_paths_is_none_of_pictures(tmp_path: Path) -> None:
    pq.write_table(pa.table({"image": ["a.jpg"]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="column 'image' of .* but values of type string"):
        plan_of(tmp_path / "a.parquet", out=tmp_path / "out")


def test_a_run_of_a_version_with_other_settings_is_refused(whole: Path) -> None:
    now = Plan(whole).run
    reading = {name: value for name, value in now.reading.items() if name != "max_megabytes"}
    then = dataclasses.replace(now, reading=reading)
    with pytest.raises(SettingsError, match="was planned by another version, with other settings"):
        now.check_same(then, whole)
    now.check_same(now, whole)
