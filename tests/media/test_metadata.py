import json
from importlib.metadata import version

import pytest

from mien.errors import OutputError
from mien.media.metadata import ClipInfo, check_metadata, write_metadata
from mien.models import read_info


def test_it_names_network_version_and_settings(tmp_path):
    info = read_info("mien-s")
    for coverage in (None, 0.9):
        write_metadata(tmp_path, "mien-s with flip TTA", info, {"coverage": coverage})
        assert json.loads((tmp_path / "metadata.json").read_text()) == {
            "program": "mien",
            "version": version("mien"),
            "network": "mien-s with flip TTA",
            "sha256": info.sha256,
            "settings": {"coverage": coverage},
        }


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"program": "other"}', "\udcff"])
def test_another_programs_file_stays(tmp_path, content):
    path = tmp_path / "metadata.json"
    data = content.encode("utf-8", "surrogateescape")
    path.write_bytes(data)
    with pytest.raises(OutputError, match="was not written by mien"):
        check_metadata(tmp_path)
    with pytest.raises(OutputError, match="was not written by mien"):
        write_metadata(tmp_path, "mien-s", read_info("mien-s"), {})
    assert path.read_bytes() == data


def test_no_file_is_fine(tmp_path):
    check_metadata(tmp_path)


def test_it_says_what_the_clips_are(tmp_path):
    clips = [ClipInfo("a.mp4", 640, 360, 2.4, 30.0, 72), ClipInfo("camera:0", 640, 480)]
    write_metadata(tmp_path, "mien-s", read_info("mien-s"), {}, clips)
    assert json.loads((tmp_path / "metadata.json").read_text())["clips"] == [
        {"source": "a.mp4", "width": 640, "height": 360, "duration": 2.4, "rate": 30.0,
         "frames": 72},
        {"source": "camera:0", "width": 640, "height": 480, "duration": None, "rate": None,
         "frames": None},
    ]  # fmt: skip
