"""The commands and the code of docs/guide/api.md work as they stand there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = (Path(__file__).parents[2] / "docs" / "guide" / "api.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def code(kind, server):
    """Return the blocks of a language, for a server on another port."""
    own = f"http://127.0.0.1:{server.port}"
    return [text.replace("http://127.0.0.1:8000", own) for name, text in BLOCKS if name == kind]


@pytest.fixture
def folder(tmp_path, photo):
    (tmp_path / "party.jpg").write_bytes(photo)
    return tmp_path


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_commands(server, folder):
    outputs = []
    for command in code("bash", server):
        done = subprocess.run(
            ["bash", "-c", command.replace("curl", "curl --silent --fail")],
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        outputs.append(done.stdout)
    assert len(outputs) == 3
    assert outputs[0].startswith('{"source":"photo"') and '"expression":"happy"' in outputs[0]
    assert outputs[1].count('"expression":"happy"') == 2
    assert (folder / "drawn.png").read_bytes().startswith(b"\x89PNG")


def test_the_python(server, folder):
    program = "print('---')\n".join(code("python", server))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True
    )
    outputs = [part.strip().splitlines() for part in done.stdout.split("---")]
    assert outputs[0][0].startswith("happy 😄 0.9") and len(outputs[0]) == 3
    assert outputs[1] == ["8"]
    assert outputs[2][-1] == "0.16 [(0, Expression('happy'))]"


def test_the_limits_are_those_of_the_settings():
    from mien.settings import ServeSettings

    settings = ServeSettings()
    text = " ".join(GUIDE.split())
    assert f"{settings.max_body:g} MB a request, {settings.max_picture:g} megapixels" in text
    assert f"{settings.max_requests} requests, {settings.max_connections} connections" in text
    assert f"{settings.max_streams} streams at once, {settings.max_fps:g} frames" in text
    assert f"{settings.deadline:g} seconds for a request" in text
