import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mien.cli.study import run_study
from mien.data import Samples
from mien.errors import DataError, InterruptionError, MissingExtraError, SettingsError
from mien.settings import load
from mien.study import run
from mien.training import Run


def test_an_interruption_between_trainings_is_a_sentence(
    striped_zip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "repeat", interrupted)
    message = "study was interrupted. Run the same command again"
    with pytest.raises(InterruptionError, match=message):
        run_study(load(environment=False, data=striped_zip, study={"out": tmp_path}))


def test_ablate_takes_the_other_way(
    striped_zip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    seen: list[int] = []

    def ablate(settings: Any, samples: Samples, say: Any) -> run.StudyFolder:
        seen.append(len(samples))
        return run.StudyFolder(settings.study.out)

    monkeypatch.setattr(run, "ablate", ablate)
    study = {"out": tmp_path, "ablate": "layers"}
    run_study(load(environment=False, data=striped_zip, study=study))
    assert seen == [140]
    assert f"  -> {tmp_path / 'study.html'}" in capsys.readouterr().out


def test_a_figure_of_the_users_is_refused_before_the_data_is_read(tmp_path: Path) -> None:
    figure = tmp_path / "figures" / "counts.png"
    figure.parent.mkdir()
    figure.write_text("drawn by hand")
    with pytest.raises(SettingsError, match="counts.png exists, and is not an earlier output"):
        run_study(
            load(environment=False, data=tmp_path / "nowhere.zip", study={"out": tmp_path})
        )
    assert figure.read_text() == "drawn by hand"


def test_missing_parts_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="nowhere.zip"):
        run_study(load(environment=False, data=tmp_path / "nowhere.zip"))
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"'matplotlib'.*pip install '.\[train\]'"):
        run_study(load(environment=False, data=tmp_path / "nowhere.zip"))


@pytest.mark.slow
def test_the_whole_command_goes_on_after_ctrl_c(striped_zip: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "mien", "study", "--data", str(striped_zip), "--epochs", "4"]
    process = subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    second = Run(tmp_path / "study" / "runs" / "plain-bn")
    deadline = time.monotonic() + 300
    while not second.rows() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert said.splitlines()[-1].endswith(
        "was interrupted. Run the same command again to resume."
    )
    assert "Traceback" not in said
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "1 of 5, plain: finished already." in done.stdout
    study = json.loads((tmp_path / "study" / "study.json").read_text())
    assert len(study["models"]) == 5
    assert study["made"]["command"] == "mien study --data striped.zip --epochs 4"
    assert "lobonet-tuned" in (tmp_path / "study" / "study.html").read_text()
