"""A few pictures, the same ones as every kind of source, and their rows."""

import io
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from skimage.data import astronaut

from mien.batch import BatchJob, BatchResult
from mien.settings import BatchSettings

Pictures = dict[str, bytes]
Rows = list[dict[str, Any]]


def encoded(image: Image.Image, kind: str) -> bytes:
    data = io.BytesIO()
    image.save(data, kind)
    return data.getvalue()


@pytest.fixture(scope="session")
def pictures() -> Pictures:
    """Name and content of 21 pictures in order: faces, two at once, none, and no picture."""
    whole = Image.fromarray(astronaut())
    made = {
        f"a{number:02d}.jpg": encoded(whole.resize((side, side)), "jpeg")
        for number, side in enumerate(range(150, 240, 5))
    }
    pair = Image.new("RGB", (400, 200))
    pair.paste(whole.resize((200, 200)), (0, 0))
    pair.paste(whole.resize((170, 170)), (200, 0))
    return {
        **made,
        "b-two.png": encoded(pair, "png"),
        "c-none.png": encoded(whole.crop((0, 300, 90, 390)), "png"),
        "d-broken.jpg": b"not a picture",
    }


def write_folder(folder: Path, pictures: Pictures) -> Path:
    folder.mkdir(parents=True)
    for name, data in pictures.items():
        (folder / name).write_bytes(data)
    return folder


def write_tar(path: Path, pictures: Pictures) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, data in pictures.items():
            for member, content in ((name, data), (f"{name}.json", b"{}")):
                info = tarfile.TarInfo(member)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return path


def write_parquet(path: Path, pictures: Pictures, *, struct: bool, group: int = 5) -> Path:
    values: Sequence[Any] = list(pictures.values())
    if struct:
        values = [{"bytes": data, "path": name} for name, data in pictures.items()]
    table = pa.table({"image": values, "label": list(range(len(values)))})
    pq.write_table(table, path, row_group_size=group)
    return path


@pytest.fixture(scope="session")
def folder(pictures: Pictures, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("source") / "photos", pictures)


def settings(*sources: object, out: Path, **others: Any) -> BatchSettings:
    given = {"shard_size": 8, **others}
    return BatchSettings(sources=tuple(map(str, sources)), out=out, **given)


@pytest.fixture(scope="session")
def run() -> Callable[..., BatchResult]:
    """Run sources into a folder with settings, to the end."""

    def call(*sources: object, out: Path, **others: Any) -> BatchResult:
        with BatchJob(settings(*sources, out=out, **others)) as job:
            return job.run()

    return call


def rows_in(out: Path) -> Rows:
    """Return the rows of all parts, in order."""
    parts = sorted(out.glob("part-*.parquet"))
    return [row for part in parts for row in pq.read_table(part).to_pylist()]


@pytest.fixture(scope="session")
def rows() -> Callable[[Path], Rows]:
    return rows_in


@pytest.fixture(scope="session")
def whole(
    folder: Path, run: Callable[..., BatchResult], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of outputs of a run that nothing interrupts."""
    out = tmp_path_factory.mktemp("whole") / "table"
    run(folder, out=out)
    return out
