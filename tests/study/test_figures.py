from pathlib import Path
from typing import Any

import pytest

from mien.study import figures
from mien.study.figures import draw_peaks, figure_files, write_study_figures
from mien.study.results import StudyResults


def test_words_of_the_figures_can_be_searched(study: StudyResults, tmp_path: Path) -> None:
    two = study.model_copy(update={"models": study.models[2:4]})
    files = write_study_figures(two, None, tmp_path)
    assert len(files) == 14
    assert {file.name for file in files} <= set(figure_files())
    assert all(file.stat().st_size > 5000 for file in files)
    layers = (tmp_path / "layers-lobonet.svg").read_text()
    for word in ("convolution 3 × 3", "256 × 6 × 6", "589,824", "26 layers, 980,455 parameters"):
        assert f">{word}</text>" in layers.replace("lobonet: ", "")
    compared = (tmp_path / "compared.svg").read_text()
    for word in ("no number reported", "0.63", "0.300", "reported by the study"):
        assert word in compared


def test_a_perfect_network_can_be_drawn(measured: Any, study: StudyResults) -> None:
    perfect = study.model_copy(update={"models": (measured("plain", 1.0, 1.0),)})
    texts = [text.get_text() for text in draw_peaks(perfect).axes[0].texts]
    assert texts == ["1.000", "0.59"]


def test_faces_of_an_earlier_command_are_removed_where_none_may_be_shown(
    study: StudyResults, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "_write", lambda folder, drawn: sorted(drawn))
    for name in ("samples.png", "samples.svg", "other.png"):
        (tmp_path / name).touch()
    drawn = write_study_figures(study, None, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["other.png"]
    assert "samples" not in drawn
