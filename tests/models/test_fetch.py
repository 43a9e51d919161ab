"""Weights come from a real server on loopback, into a cache of the test's own."""

from __future__ import annotations

import dataclasses
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mien.cli import app
from mien.errors import NetError
from mien.models import info_path, onnx_paths, read_info
from mien.models.fetch import fetch
from mien.models.zoo import cached_path
from mien.perception.classifier import Classifier

LOBONET = read_info("lobonet")
GRAPH = onnx_paths("lobonet", LOBONET)[0]


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder without a line on stderr for each request."""

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder with lobonet's weights under the name "large", and its address."""
    folder = tmp_path / "served"
    folder.mkdir()
    shutil.copy(GRAPH, folder / "large.onnx")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """An info without weights beside it."""
    path = tmp_path / "large.json"
    path.write_text(dataclasses.replace(LOBONET, name="large").to_json(), encoding="utf-8")
    return path


def test_downloaded_weights_are_those_of_the_info(
    large: Path, served: tuple[Path, str], cache: Path
) -> None:
    with pytest.raises(NetError, match=r"large, \d\.\d MB, are not.*`mien nets`"):
        Classifier(large)
    steps: list[tuple[int, int]] = []
    path = fetch(read_info(large), served[1], lambda *step: steps.append(step))
    assert path.parent == cache / "weights"
    assert path.read_bytes() == GRAPH.read_bytes()
    assert steps == sorted(steps)
    assert steps[-1] == (LOBONET.size, LOBONET.size)
    crops = np.random.default_rng(0).integers(0, 256, (3, 48, 48), np.uint8)
    np.testing.assert_array_equal(
        Classifier(large).logits(crops), Classifier("lobonet").logits(crops)
    )
    (served[0] / "large.onnx").unlink()
    assert fetch(read_info(large), served[1]) == path  # not asked for again


def test_other_weights_than_the_infos_are_not_kept(
    large: Path, served: tuple[Path, str], cache: Path
) -> None:
    file = served[0] / "large.onnx"
    content = file.read_bytes()
    steps: list[tuple[int, int]] = []
    for wrong in (
        content[:-1],
        content + b"x" * 10**6,
        content[:-1] + bytes([content[-1] ^ 1]),
        b"",
    ):
        file.write_bytes(wrong)
        with pytest.raises(NetError, match=r"is not the large that its info.*Nothing was kept"):
            fetch(read_info(large), served[1], lambda *step: steps.append(step))
        # No more was read than it takes to notice.
        assert max((done for done, _ in steps), default=0) <= LOBONET.size + 1
        assert not (cache / "weights").exists()


def test_weights_that_changed_in_the_cache_are_refused_and_fetched_anew(
    large: Path, served: tuple[Path, str]
) -> None:
    info = read_info(large)
    path = fetch(info, served[1])
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(NetError, match="no longer what the info of large describes"):
        Classifier(large)
    assert fetch(info, served[1]).read_bytes() == GRAPH.read_bytes()


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("http://127.0.0.1:9", "Cannot download http://127.0.0.1:9/large.onnx"),
        ("file:///nowhere", "Cannot download file:///nowhere/large.onnx"),
        ("ftp://host", "Expected the URL of a folder, got 'ftp://host'"),
        ("somewhere", "Expected the URL of a folder"),
        ("http://[", "Expected|Cannot download"),
    ],
)
def test_what_cannot_be_downloaded_is_named(large: Path, folder: str, words: str) -> None:
    with pytest.raises(NetError, match=words):
        fetch(read_info(large), folder)


def test_a_server_that_lacks_them(large: Path, served: tuple[Path, str]) -> None:
    with pytest.raises(NetError, match="Cannot download .*404"):
        fetch(read_info(large), served[1] + "elsewhere")


def test_an_ensemble_names_its_members(large: Path) -> None:
    ensemble = dataclasses.replace(LOBONET, members={"a": "", "b": ""})
    with pytest.raises(NetError, match="no weights of its own.*its members: a, b"):
        fetch(ensemble, "http://127.0.0.1:9")


def test_the_command_fetches_once(
    large: Path, served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert info_path(large) == large
    words = ["nets", "--fetch", str(large)]
    lost = CliRunner().invoke(app, words)
    assert "No URL to download large from was given" in str(lost.exception)
    monkeypatch.setenv("MIEN__WEIGHTS_URL", served[1])
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0
    assert f"large is in {cached_path(read_info(large))}. Use it: --net {large}." in done.stdout
    again = CliRunner().invoke(app, [*words, "--weights-url", "http://127.0.0.1:9"])
    assert f"large is already here: {cached_path(read_info(large))}" in again.stdout
