"""A tiny network, photos, and settings to read them with."""

import runpy
from pathlib import Path

import pytest
from PIL import Image

from mien.settings import DetectSettings

NETS = runpy.run_path(str(Path(__file__).parents[1] / "tiny_nets.py"))


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    return NETS["make_net"](tmp_path_factory.mktemp("net") / "tiny.onnx")


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """The working folder, with a photo that has a face, one without, and a file that is none."""
    from skimage import data

    monkeypatch.chdir(tmp_path)
    Image.fromarray(data.astronaut()[:256, 100:356]).save("a.jpg", quality=95)
    Image.new("RGB", (40, 30), "gray").save("bare.png")
    Path("c.jpg").write_text("no picture")
    return tmp_path


@pytest.fixture
def settings(net):
    """Settings with the given values, by their aliases."""
    return lambda **values: DetectSettings.model_validate({"net": str(net), **values})


@pytest.fixture(scope="session")
def make_clip():
    """Write a clip of a face that moves; frames without a face are gray."""
    import numpy as np
    from skimage import data

    from mien.video import VideoWriter

    face = data.astronaut()[:200, 120:320]

    def make(path, frames=12, size=(240, 200), bare=(), rate=25, **options):
        width, height = size
        with VideoWriter(path, width=width, height=height, **options) as clip:
            for number in range(frames):
                frame = np.full((height, width, 3), 90, np.uint8)
                if number not in bare:
                    left = number % (width - 200 + 1)
                    frame[:200, left : left + 200] = face[:height]
                clip.add(frame, number / rate)
        return path

    return make
