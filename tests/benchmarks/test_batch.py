"""The scenes, the check of a run against them, and the arithmetic of the guide."""

import json
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

import batch_checks
import batch_guide
import scenes
from scenes_cast import Cast, Sprite


def cast() -> Cast:
    """One white face of 40 x 50 in a picture of 60 x 70, and a black background."""
    sprite = Sprite(
        np.full((70, 60, 3), 255, np.uint8), np.ones((70, 60), np.float32), (10, 10, 40, 50),
        "photo.jpg", "happy",
    )  # fmt: skip
    return Cast([sprite], [sprite], [np.zeros((480, 640, 3), np.uint8)])


def test_scene_depends_on_its_number_and_the_seed_alone() -> None:
    first, again = scenes.compose(7, cast(), 0), scenes.compose(7, cast(), 0)
    assert first == again
    assert first.jpeg != scenes.compose(7, cast(), 1).jpeg
    assert first.name == "0000007.jpg"


def test_faces_are_where_the_truth_says() -> None:
    import cv2

    several = [scenes.compose(number, cast(), 0) for number in range(40)]
    assert {len(scene.faces) for scene in several} == {0, 1, 2, 3}
    for scene in several:
        image = cv2.imdecode(np.frombuffer(scene.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert image.shape == (240, 320)
        for face in scene.faces:
            x, y = round(face.x + face.width / 2), round(face.y + face.height / 2)
            assert image[y, x] > 190
        if not scene.faces:
            assert image.max() < 10


def test_last_of_a_thousand_is_broken() -> None:
    broken = scenes.compose(999, cast(), 0)
    assert (len(broken.jpeg), broken.faces) == (200, ())


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("/a/folder/001/0001234.jpg", 1234),
        ("/a/tar/scenes-001.tar#0001234.jpg", 1234),
        ("/a/parquet/scenes-001.parquet#234", 1234),
    ],
)
def test_number_of_a_source(source: str, number: int) -> None:
    assert batch_checks.number_of(source) == number


def write_run(out: Path, parts: list[list[tuple[str, int, float, str | None]]]) -> None:
    """Write parts with rows of source, success, x and error."""
    out.mkdir()
    for number, rows in enumerate(parts):
        columns = {
            "source": [source for source, *_ in rows],
            "success": [success for _, success, *_ in rows],
            **{
                name: [x if name == "x" else 40.0 if success else None for _, success, x, _ in rows]
                for name in ("x", "y", "width", "height")
            },
            "error": pyarrow.array([error for *_, error in rows], pyarrow.string()),
        }
        pyarrow.parquet.write_table(pyarrow.table(columns), out / f"part-{number:05d}.parquet")


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """Three scenes: a face in the first, none in the second, and the third is broken."""
    (tmp_path / "scenes.json").write_text(json.dumps({"broken": [2]}))
    face = {"number": [0], "x": [100.0], "y": [40.0], "width": [40.0], "height": [40.0]}
    pyarrow.parquet.write_table(pyarrow.table(face), tmp_path / "truth.parquet")
    return tmp_path


GOOD = ("0000000.jpg", 1, 105.0, None)
EMPTY = ("0000001.jpg", 0, None, None)
BROKEN = ("0000002.jpg", 0, None, "cut off")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([[GOOD, EMPTY], [BROKEN]], (True, 1, 0)),
        # 13 pixels are more than 0.3 of a width of 40.
        ([[("0000000.jpg", 1, 113.0, None), EMPTY], [BROKEN]], (True, 0, 1)),
        # A face of another picture.
        ([[EMPTY, ("0000000.jpg", 0, None, None)], [BROKEN]], (True, 0, 0)),
        # One that is read twice, one that is missing, and one that should not have been read.
        ([[GOOD, EMPTY], [BROKEN, GOOD]], (False, 1, 1)),
        ([[GOOD], [BROKEN]], (False, 1, 0)),
        ([[GOOD, EMPTY], [("0000002.jpg", 0, None, None)]], (False, 1, 0)),
    ],
)
def test_check(
    truth: Path,
    parts: list[list[tuple[str, int, float, str | None]]],
    expected: tuple[bool, int, int],
) -> None:
    write_run(truth / "out", parts)
    checked = batch_checks.check(truth, truth / "out", 3)
    assert (checked["exact"], checked["found"], checked["elsewhere"]) == expected
    assert checked["faces"] == 1


def results() -> dict[str, object]:
    """Measured results with round numbers."""
    def run(count: int, running: float) -> dict[str, object]:
        return {
            "pictures": count, "seconds": count / 200, "milliseconds a picture": 5.0,
            "milliseconds a picture, running": running, "planning seconds": 0.0,
            "seconds to the first results": 1.0, "bytes of parts a picture": 50.0,
            "peak megabytes": 200,
            "check": {"exact": True, "faces": 10, "found": 9, "elsewhere": 0},
        }  # fmt: skip

    engines = {"local": 4.0, "ray": 5.0}
    stage = {"microseconds": {"list": 36.0, "fetch": 10.0}, "plan bytes": 20.0}
    return {
        "curve": {
            engine: {"1000": run(1000, cost), "50000": run(50000, cost * 1.05)}
            for engine, cost in engines.items()
        },
        "sources": {engine: {"folder": run(1000, cost)} for engine, cost in engines.items()},
        "stages": {
            "folder": {**stage, "microseconds a part": 600.0}, "Parquet": stage, "tar": stage
        },
        "bytes a picture": 20_000,
        "machine": {"date": "2026-01-01", "cores": 2, "processor": "processor"},
    }


def test_goals() -> None:
    assert dict(batch_guide.goals(results())) | {
        "local: cost of one of 50,000 against one of 1,000, running": "+5.0%",
        "local: memory of 1,000 and of 50,000": "200 -> 200 MB (+0.0%)",
        "Ray against local, 50,000, running": "+25.0%",
    } == dict(batch_guide.goals(results()))


def test_guide_shows_its_arithmetic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = tmp_path / "scale.md"
    guide.write_text(batch_guide.GUIDE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(batch_guide, "GUIDE", guide)
    batch_guide.write_guide(results())
    once = guide.read_text(encoding="utf-8")
    text = " ".join(once.split())
    # 4.2 ms on each of 2 cores.
    assert "8.40 core-ms; x 10^9 / 3,600,000 = 2,333 core-hours" in text
    assert "Ray adds +25%: 2,917." in text
    assert "/ 16 cores / 24 h = 7.6 machines for a day" in text
    assert "Listing, by one process: folder 36.0 us x 10^9 = 10.0 h" in text
    assert "600 us x 1,000,000 = 10 min" in text
    batch_guide.write_guide(results())
    assert guide.read_text(encoding="utf-8") == once
