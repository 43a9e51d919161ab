"""Pictures have the same rows whatever they are read from."""

import runpy
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mien.batch import BatchResult

OF_TESTS = runpy.run_path(str(Path(__file__).with_name("conftest.py")))
Pictures = dict[str, bytes]
Rows = list[dict[str, object]]
Run = Callable[..., BatchResult]


def unnamed(rows: Rows) -> Rows:
    """Return rows without the picture's name, which the error begins with too."""
    return [
        {**row, "source": None, "error": row["error"] and str(row["error"]).partition(" is ")[2]}
        for row in rows
    ]


def as_list(tmp_path: Path, folder: Path, pictures: Pictures) -> str:
    path = folder.parent / "some.txt"
    path.write_text("".join(f"photos/{name}\r\n\n" for name in pictures), "utf-8-sig")
    return str(path)


def as_glob(tmp_path: Path, folder: Path, pictures: Pictures) -> str:
    return f"{folder}/*"


def as_tar(tmp_path: Path, folder: Path, pictures: Pictures) -> str:
    return str(OF_TESTS["write_tar"](tmp_path / "all.tar", pictures))


def as_tars(tmp_path: Path, folder: Path, pictures: Pictures) -> str:
    names = list(pictures)
    for place, start in enumerate(range(0, len(names), 8)):
        some = {name: pictures[name] for name in names[start : start + 8]}
        OF_TESTS["write_tar"](tmp_path / f"shard-{place:03d}.tar", some)
    return str(tmp_path / "shard-{000..002}.tar")


def as_bytes(tmp_path: Path, folder: Path, pictures: Pictures) -> str:
    return str(OF_TESTS["write_parquet"](tmp_path / "a.parquet", pictures, struct=False))


def as_structs(tmp_path: Path, folder: Path, pictures: Pictures) -> str:
    """As Hugging Face writes them, in a folder of two files."""
    names = list(pictures)
    (tmp_path / "hf").mkdir()
    for number, some in enumerate((names[:11], names[11:])):
        path = tmp_path / "hf" / f"train-{number}.parquet"
        OF_TESTS["write_parquet"](path, {name: pictures[name] for name in some}, struct=True)
    return str(tmp_path / "hf")


@pytest.mark.parametrize("make", [as_list, as_glob, as_tar, as_tars, as_bytes, as_structs])
def test_every_kind_of_source_gives_the_same_rows(
    make: Callable[..., str], folder: Path, pictures: Pictures, whole: Path, tmp_path: Path,
    run: Run, rows: Callable[[Path], Rows],
) -> None:  # fmt: skip
    out = tmp_path / "out"
    result = run(make(tmp_path, folder, pictures), out=out)
    assert (result.inputs, result.faces, result.failures) == (21, 20, 1)
    # One tar file is one shard, with other groups, which may change the last digit of a float32;
    # the table's four digits hide that.
    assert unnamed(rows(out)) == unnamed(rows(whole))
    named = [str(row["source"]) for row in rows(out)]
    assert len(set(named)) == 21
    assert [str(row["success"]) for row in rows(out)].count("0") == 2


def test_names_say_where_a_picture_is(
    pictures: Pictures, tmp_path: Path, run: Run, rows: Callable[[Path], Rows],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    some = {name: pictures[name] for name in ("a00.jpg", "a01.jpg")}
    OF_TESTS["write_tar"](tmp_path / "x.tar", some)
    OF_TESTS["write_parquet"](tmp_path / "x.parquet", some, struct=True)
    OF_TESTS["write_folder"](tmp_path / "photos" / "in", some)
    monkeypatch.chdir(tmp_path)
    run("photos", "x.tar", "x.parquet", out=tmp_path / "out", shard_size=3)
    assert [row["source"] for row in rows(tmp_path / "out")] == [
        "photos/in/a00.jpg", "photos/in/a01.jpg", "x.tar#a00.jpg", "x.tar#a01.jpg",
        "x.parquet#0", "x.parquet#1",
    ]  # fmt: skip


def test_rows_of_parquet_are_cut_where_a_shard_is_full(
    pictures: Pictures, whole: Path, tmp_path: Path, run: Run, rows: Callable[[Path], Rows]
) -> None:
    path = OF_TESTS["write_parquet"](tmp_path / "a.parquet", pictures, struct=True, group=7)
    run(path, out=tmp_path / "out", shard_size=4)
    assert len(list((tmp_path / "out").glob("part-*"))) == 6
    assert unnamed(rows(tmp_path / "out")) == unnamed(rows(whole))
    assert [row["source"] for row in rows(tmp_path / "out")][-1] == f"{path}#20"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 service on this machine."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in (
            ("AWS_ACCESS_KEY_ID", "testing"),
            ("AWS_SECRET_ACCESS_KEY", "testing"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("NO_PROXY", "127.0.0.1"),
        ):
            patched.setenv(name, value)
        from moto.server import ThreadedMotoServer

        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        try:
            yield f"http://127.0.0.1:{server.get_host_and_port()[1]}"
        finally:
            server.stop()


def put(endpoint: str, files: dict[str, bytes]) -> None:
    import s3fs

    system = s3fs.S3FileSystem(endpoint_url=endpoint, skip_instance_cache=True)
    if not system.exists("bucket"):
        system.mkdir("bucket")
    for name, data in files.items():
        system.pipe_file(f"bucket/{name}", data)


@pytest.mark.parametrize(
    "named",
    [
        ["photos", "some.txt", "packed/a.tar"],
        pytest.param(["photos/*", "packed", "rows/*.parquet"], marks=pytest.mark.slow),
    ],
)
def test_s3_gives_the_same_rows(
    s3: str, named: list[str], pictures: Pictures, whole: Path, tmp_path: Path, run: Run,
    rows: Callable[[Path], Rows],
) -> None:  # fmt: skip
    tar = OF_TESTS["write_tar"](tmp_path / "a.tar", pictures).read_bytes()
    parquet = OF_TESTS["write_parquet"](tmp_path / "a.parquet", pictures, struct=True).read_bytes()
    put(s3, {f"photos/{name}": data for name, data in pictures.items()})
    put(s3, {"packed/a.tar": tar, "rows/a.parquet": parquet, "photos/notes.md": b"none"})
    put(s3, {"some.txt": "\n".join(f"photos/{name}" for name in pictures).encode()})
    for number, name in enumerate(named):
        out = tmp_path / f"out-{number}"
        result = run(f"s3://bucket/{name}", out=out, endpoint=s3)
        assert result.complete
        assert unnamed(rows(out)) == unnamed(rows(whole)), name
        assert str(rows(out)[0]["source"]).startswith("s3://bucket/")
        # What is complete is not read again.
        assert run(f"s3://bucket/{name}", out=out, endpoint=s3).read == 0
    error = next(row["error"] for row in rows(tmp_path / "out-0") if row["error"])
    assert str(error).startswith("s3://bucket/photos/d-broken.jpg is not a picture")


def test_s3_that_lacks_a_picture_gives_a_row_and_one_that_is_away_ends_the_run(
    s3: str, pictures: Pictures, tmp_path: Path, run: Run, rows: Callable[[Path], Rows],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from mien import MienError
    from mien.batch.storage import Storage

    put(s3, {"few/a.jpg": pictures["a00.jpg"]})
    put(s3, {"few.txt": b"few/a.jpg\nfew/gone.jpg\n"})
    out = tmp_path / "out"
    assert run("s3://bucket/few.txt", out=out, endpoint=s3).failures == 1
    assert [row["error"] for row in rows(out)] == [
        None, "There is no file s3://bucket/few/gone.jpg. Check the path."
    ]  # fmt: skip
    with pytest.raises(MienError, match=r"There is no file s3://bucket/nowhere"):
        run("s3://bucket/nowhere", out=tmp_path / "none", endpoint=s3)

    def fail(system: object, url: str) -> bytes:
        raise ConnectionError("Connection reset by peer")

    monkeypatch.setattr(Storage, "_system_content", fail)
    with pytest.raises(MienError, match=r"Cannot read s3://bucket/few/a.jpg: Connection reset"):
        run("s3://bucket/few", out=tmp_path / "away", endpoint=s3)
    assert not list((tmp_path / "away").glob("part-*"))
    monkeypatch.undo()
    assert run("s3://bucket/few", out=tmp_path / "away", endpoint=s3).read == 1
