"""Pages of what is rare: nothing found, other faces, too much."""

from typing import Any

import numpy as np
import pytest

from mien.errors import SettingsError
from mien.evaluation import score
from mien.evaluation.results import Scores
from mien.report import LARGEST, Subject, report_page


def scored(net: str, faces: int = 70, missed: int = 0, **more: Any) -> Subject:
    random = np.random.default_rng(0)
    labels = (np.arange(faces) % 7).astype(np.int8)
    probabilities = random.dirichlet(np.ones(7), faces).astype(np.float32)
    lost = np.zeros(missed, np.int8)
    made = {"net": net, **score(probabilities, labels, lost), **more}
    return Subject(net, Scores.model_validate(made))


def page(*subjects: Subject) -> str:
    return report_page(subjects, {}, "Title", ["a.json"])


def test_faces_that_were_not_found_are_said() -> None:
    text = page(scored("a", missed=3))
    assert "not found" in text
    assert '<data value="3">3</data> of them were not found' in text


def test_without_a_found_face_there_is_no_confidence_to_show() -> None:
    text = page(scored("a", faces=0, missed=5))
    assert "<h3>Confusion</h3>" in text
    for title in ("Reliability", "Risk and coverage"):
        assert f"<h3>{title}</h3>" not in text
        assert f"<li>{title}: <code>mien evaluate" in text
    assert "nan" not in text


def test_networks_on_other_faces_are_not_compared() -> None:
    warning = "The networks were measured on different faces"
    assert warning in page(scored("a"), scored("b", faces=77))
    assert warning not in page(scored("a"), scored("b"))


def test_a_split_that_flatters_is_said() -> None:
    assert "flatter" in page(scored("a", split="public"))
    assert "nothing of new ones" in page(scored("a", split="train"))
    assert "flatter" not in page(scored("a", split="private"))


def test_a_page_that_is_too_large_is_refused() -> None:
    long = "a" * (LARGEST // 20)
    with pytest.raises(SettingsError, match=r"A page of 1 networks would take .* MB, over 5"):
        page(scored(long))
