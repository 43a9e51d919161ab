"""A tiny network, photos, and `mien detect` to read them with."""

import functools
import runpy
from pathlib import Path

import pytest
from PIL import Image

NETS = runpy.run_path(str(Path(__file__).parents[2] / "tiny_nets.py"))


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    return NETS["make_net"](tmp_path_factory.mktemp("net") / "tiny.onnx")


@pytest.fixture(scope="module")
def astronaut():
    from skimage import data

    return data.astronaut()


@pytest.fixture
def photos(tmp_path, astronaut, monkeypatch):
    """A folder, which is also the working folder, with a photo with and one without a face."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    Image.fromarray(astronaut).save("Eileen à 東京.jpg", quality=95)
    Image.new("RGB", (40, 30), "gray").save("bare.png")
    return tmp_path


@pytest.fixture
def run(net, command):
    """Run `mien detect` with arguments; give exit code, stdout and stderr."""
    return functools.partial(command, "detect", "--net", net)


@pytest.fixture
def outputs():
    """List the names of the annotated copies in a folder."""
    return lambda folder: sorted(path.name for path in folder.rglob("*.mien.jpg"))
