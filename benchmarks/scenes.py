"""Makes pictures with faces at known places, for `mien batch` to be measured and checked with.

Usage: python benchmarks/scenes.py DATA OUT [--count 50000] [--s3 s3://BUCKET/PREFIX]

DATA is the folder with photos/ and fer2013.zip. OUT becomes a folder with the same pictures, JPEGs
of 320x240, in every form that mien batch reads:

    folder/000/0000000.jpg      folders of 1,000
    list.txt                    the paths of those files, relative to the list
    parquet/scenes-000.parquet  1,000 a file, in a column `image` of struct{bytes, path}
    tar/scenes-000.tar          1,000 a file, as WebDataset lays them out: 0000000.jpg, 0000000.json

truth.parquet has a row for each face: number of its picture, x, y, width and height in pixels,
where it comes from, and its label. scenes.json tells the seed, the number of pictures, and which
of them are broken: the last of each 1,000, cut off after its header. The same data, seed and count
give the same bytes. The pictures show people who agreed to research only: they are never committed.
With --s3, folder/ is copied into a bucket as well; --endpoint names a server other than Amazon's.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import tarfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scenes_cast import HEIGHT, WIDTH, Cast, Image, Sprite, paste, prepare

GROUP = 1000
"""Pictures in a folder, a Parquet file and a tar."""

COUNTS = (0.1, 0.5, 0.3, 0.1)
"""How many of the pictures have no face, one, two and three."""

SIDES = (56, 110)
"""Smallest and largest width of a face, in pixels; smaller where several share a picture."""

FROM_PHOTOS = 0.4
"""How many of the faces come from photos."""

_QUALITY = 85
_HEADER = 200
"""Bytes that are left of a broken picture."""


@dataclass(frozen=True)
class Place:
    """A face in a scene."""

    number: int
    x: float
    y: float
    width: float
    height: float
    origin: str
    expression: str


@dataclass(frozen=True)
class Scene:
    """A picture and what it shows."""

    number: int
    jpeg: bytes
    faces: tuple[Place, ...]

    @property
    def name(self) -> str:
        """Its file's name."""
        return f"{self.number:07d}.jpg"


def is_broken(number: int) -> bool:
    """Return whether a scene is cut off after its header."""
    return number % GROUP == GROUP - 1


def compose(number: int, cast: Cast, seed: int) -> Scene:
    """Make one scene; it depends on nothing but its arguments."""
    random = np.random.default_rng((seed, number))
    image = _background(cast, random)
    count = int(random.choice(len(COUNTS), p=COUNTS))
    # Each face has a column of its own, so that none hides another.
    column = WIDTH // max(1, count)
    faces = tuple(
        _put(image, _pick(cast, random), index * column, column, number, random)
        for index in range(count)
    )
    settings = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    _, encoded = cv2.imencode(".jpg", image[..., ::-1], settings)
    broken = is_broken(number)
    data = encoded.tobytes()
    return Scene(number, data[:_HEADER] if broken else data, () if broken else faces)


def _background(cast: Cast, random: np.random.Generator) -> Image:
    """Cut a part out of a photo without people."""
    photo = cast.backgrounds[random.integers(len(cast.backgrounds))]
    height, width = photo.shape[:2]
    scale = random.uniform(0.5, 1.0) * min(width / WIDTH, height / HEIGHT)
    cut = (round(HEIGHT * scale), round(WIDTH * scale))
    y, x = (int(random.integers(0, most + 1)) for most in (height - cut[0], width - cut[1]))
    part = photo[y : y + cut[0], x : x + cut[1]]
    part = part[:, ::-1] if random.random() < 0.5 else part
    resized = cv2.resize(part, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)


def _pick(cast: Cast, random: np.random.Generator) -> Sprite:
    """Draw a face."""
    faces = cast.photos if random.random() < FROM_PHOTOS else cast.fer2013
    return faces[random.integers(len(faces))]


def _put(
    image: Image, sprite: Sprite, left: int, column: int, number: int, random: np.random.Generator
) -> Place:
    """Put a face into a column of the picture, and return where it is."""
    height, width = sprite.mask.shape
    most = min(column / width, HEIGHT / height)
    scale = min(most, random.uniform(*SIDES) / sprite.box[2])
    size = (int(width * scale), int(height * scale))
    x = left + int(random.integers(0, column - size[0] + 1))
    y = int(random.integers(0, HEIGHT - size[1] + 1))
    paste(image, sprite, scale, (x, y), random.uniform(0.8, 1.15))
    box = [round(value * scale, 1) for value in sprite.box]
    place = (round(x + box[0], 1), round(y + box[1], 1), box[2], box[3])
    return Place(number, *place, sprite.origin, sprite.expression)


def write_group(first: int, count: int, seed: int, out: Path) -> list[Place]:
    """Make the scenes from number `first` on, and write them in every form."""
    scenes = [compose(number, _cast, seed) for number in range(first, first + count)]
    name = f"{first // GROUP:03d}"
    folder = out / "folder" / name
    folder.mkdir(parents=True, exist_ok=True)
    for scene in scenes:
        (folder / scene.name).write_bytes(scene.jpeg)
    pictures = [{"bytes": scene.jpeg, "path": scene.name} for scene in scenes]
    parquet = out / "parquet" / f"scenes-{name}.parquet"
    table = {"image": pictures, "number": [scene.number for scene in scenes]}
    # JPEGs do not become smaller.
    pq.write_table(pa.table(table), parquet, row_group_size=100, compression="none")
    _write_tar(out / "tar" / f"scenes-{name}.tar", scenes)
    return [place for scene in scenes for place in scene.faces]


def _write_tar(path: Path, scenes: list[Scene]) -> None:
    with tarfile.open(path, "w") as tar:
        for scene in scenes:
            note = json.dumps({"number": scene.number, "faces": len(scene.faces)}).encode()
            for suffix, data in ((".jpg", scene.jpeg), (".json", note)):
                member = tarfile.TarInfo(scene.name.removesuffix(".jpg") + suffix)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))


_cast = Cast([], [], [])
"""The faces and backgrounds, in each process that makes scenes."""


def _share(cast: Cast) -> None:
    """Give a process its faces."""
    global _cast
    _cast = cast
    cv2.setNumThreads(1)


def make(data: Path, out: Path, count: int, seed: int = 0) -> None:
    """Make all scenes, on all processors, and write them with their truth."""
    for name in ("folder", "parquet", "tar"):
        (out / name).mkdir(parents=True, exist_ok=True)
    cast = prepare(data, seed)
    firsts = range(0, count, GROUP)
    counts = [min(GROUP, count - first) for first in firsts]
    work = partial(write_group, seed=seed, out=out)
    with ProcessPoolExecutor(os.cpu_count(), initializer=_share, initargs=(cast,)) as pool:
        truth = [place for places in pool.map(work, firsts, counts) for place in places]
    _write_truth(out / "truth.parquet", truth)
    (out / "list.txt").write_text("".join(f"{line}\n" for line in lines(count)))
    broken = [number for number in range(count) if is_broken(number)]
    description = {"seed": seed, "count": count, "faces": len(truth), "broken": broken}
    (out / "scenes.json").write_text(json.dumps(description) + "\n")


def lines(count: int) -> Iterator[str]:
    """Yield the paths of the first scenes, relative to the folder of the list."""
    return (f"folder/{number // GROUP:03d}/{number:07d}.jpg" for number in range(count))


def _write_truth(path: Path, places: list[Place]) -> None:
    names = list(Place.__dataclass_fields__)
    columns = {name: [getattr(place, name) for place in places] for name in names}
    pq.write_table(pa.table(columns), path)


def upload(folder: Path, url: str, endpoint: str | None) -> int:
    """Copy a folder's pictures below an S3 URL, and return how many they are."""
    import s3fs

    bucket = s3fs.S3FileSystem(endpoint_url=endpoint)
    target = url.removeprefix("s3://").rstrip("/")
    bucket.mkdirs(target.split("/")[0], exist_ok=True)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    remote = [f"{target}/{path.relative_to(folder).as_posix()}" for path in files]
    bucket.put([str(path) for path in files], remote)
    return len(files)


def main() -> None:
    """Make the scenes that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--s3", help="also copy folder/ below this URL")
    parser.add_argument("--endpoint", help="address of the S3 server, if it is not Amazon's")
    chosen = parser.parse_args()
    if chosen.out.exists() and any(chosen.out.iterdir()):
        sys.exit(f"{chosen.out} is not empty. Name a new folder.")
    start = time.perf_counter()
    make(chosen.data, chosen.out, chosen.count, chosen.seed)
    size = sum(path.stat().st_size for path in chosen.out.rglob("*") if path.is_file())
    print(f"{chosen.count} scenes, {size / 1e6:.0f} MB, {time.perf_counter() - start:.0f} s")
    if chosen.s3:
        print(upload(chosen.out / "folder", chosen.s3, chosen.endpoint), "copied to", chosen.s3)


if __name__ == "__main__":
    main()
