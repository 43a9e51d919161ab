import sys

import numpy as np
import pytest
from PIL import Image

import reading


@pytest.fixture
def photos(tmp_path):
    """A folder with a photo that has a face, and one without."""
    from skimage import data

    Image.fromarray(data.astronaut()[40:240, 120:320]).save(tmp_path / "a.png")
    Image.fromarray(np.zeros((40, 60, 3), np.uint8)).save(tmp_path / "b.png")
    return tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_both_ways_agree_and_the_memory_is_measured(photos, monkeypatch, capsys):
    monkeypatch.setattr(reading, "PHOTOS", 10)
    monkeypatch.setattr(reading, "ROUNDS", 1)
    monkeypatch.setattr(reading, "SIDES", (200, 120))
    monkeypatch.setattr(reading, "PICTURES", 40)
    monkeypatch.setattr(reading, "EVERY", 20)
    published = []
    monkeypatch.setattr(reading, "publish", lambda *content: published.append(content))
    monkeypatch.setattr(sys, "argv", ["reading.py", str(photos)])
    reading.main()
    ((name, results, rows),) = published
    assert name == "reading"
    assert (results["speed"]["photos"], results["speed"]["differing"]) == (10, 0)
    assert results["speed"]["faces"] == 5
    assert [entry["pictures"] for entry in results["memory"]] == [20, 40]
    assert all(entry["MB"] > 10 for entry in results["memory"])
    assert [row[0] for row in rows[1:]] == [
        "read, 10 photos", "read_many, 10 photos", "times as fast", "memory, 40 pictures",
    ]
