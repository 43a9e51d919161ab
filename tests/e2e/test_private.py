"""mien goes to no network and leaves nothing behind, unless it is asked to."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import skimage.data
from PIL import Image

SCRIPT = """
import sys, time, multiprocessing

def read(path):
    import mien
    return str(mien.Reader().read(path)[0].expression)

if __name__ == "__main__":
    import mien
    import onnxruntime  # imported by somebody else, after mien
    print(read(sys.argv[1]))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(read, [sys.argv[1]])[0])
        # ONNX Runtime's telemetry begins about ten seconds after it is imported.
        time.sleep(15)
"""


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_reading_a_photo_opens_no_connection_and_leaves_no_file(tmp_path: Path) -> None:
    home, trace = tmp_path / "home", tmp_path / "trace.txt"
    home.mkdir()
    Image.fromarray(skimage.data.astronaut()).save(tmp_path / "photo.png")
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    words = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(trace)]
    unset = ("ORT_DISABLE_TELEMETRY", "MIEN_CACHE", "XDG_CACHE_HOME")
    environment = {key: value for key, value in os.environ.items() if key not in unset}
    done = subprocess.run(
        [*words, sys.executable, str(tmp_path / "script.py"), str(tmp_path / "photo.png")],
        capture_output=True,
        text=True,
        env=environment | {"HOME": str(home)},
    )
    assert done.stdout.split() == ["happy", "happy"], done.stderr
    assert not re.findall(r".*AF_INET.*", trace.read_text(encoding="utf-8"))
    assert list(home.rglob("*")) == []


# what a user imports first, the variable of ONNX Runtime, what is warned of
ORDERS = [
    ("import onnxruntime, mien", None, "onnxruntime was imported before mien"),
    ("import onnxruntime, mien", "1", ""),
    ("import mien, onnxruntime", None, ""),
    ("import mien, onnxruntime", "0", ""),
]


@pytest.mark.parametrize(("statement", "variable", "warning"), ORDERS)
def test_what_was_imported_too_early_to_be_private_is_warned_of(
    statement: str, variable: str | None, warning: str
) -> None:
    code = f"{statement}; import os; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ORT_")}
    if variable is not None:
        environment["ORT_DISABLE_TELEMETRY"] = variable
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout == "1\n"
    assert warning in done.stderr
    assert ("Warning" in done.stderr) == bool(warning)
