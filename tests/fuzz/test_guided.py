"""The process of the long form counts its inputs, and goes on after a finding."""

import subprocess
import sys
from pathlib import Path

import pytest

GUIDED = Path(__file__).with_name("guided.py")


@pytest.mark.slow
def test_a_border_is_fuzzed_for_as_many_inputs_as_asked(tmp_path):
    pytest.importorskip("atheris")
    (tmp_path / "corpus").mkdir()
    command = [
        sys.executable, str(GUIDED), "classes_file", str(tmp_path), "-runs=500",
        "-print_final_stats=1", str(tmp_path / "corpus"),
    ]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=600)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert "stat::number_of_executed_units: 500" in ended.stderr
    assert "cov: " in ended.stderr
    assert [path.name for path in tmp_path.glob("*.txt")] == []
