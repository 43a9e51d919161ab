import re

import numpy as np
import pytest

from mien.data import Samples
from mien.study.ablations import Ablated, Ablations, Point, known
from mien.study.page import TITLE, study_page
from mien.study.results import Made, Study


@pytest.fixture(scope="module")
def found() -> Ablations:
    points = tuple(
        Point(
            value=value,
            accuracies=(0.4, 0.41 + 0.01 * number, 0.42),
            change=None if value == "4" else 0.01,
            change_interval=None if value == "4" else (-0.01, 0.03),
            parameters=1000,
            macs=10,
            seconds=60.0,
        )
        for number, value in enumerate(known("layers").values)
    )
    return Ablations(
        subset=0.1,
        epochs=10,
        seeds=3,
        sha256="0" * 64,
        precision="bfloat16",
        made=Made.now("mien study --ablate all"),
        ablated=(Ablated(name="layers", base="4", points=points),),
    )


def test_the_page_tells_the_whole_story(study: Study, found: Ablations, samples: Samples) -> None:
    page = study_page(study, found, samples)
    headings = re.findall("<h2>(.*?)</h2>", page)
    assert headings == [
        "Reported and measured",
        "The data",
        "Model 1: a plain network",
        "Model 2: normalised over the batch",
        "Model 3: with dropout",
        "Model 4: lobonet",
        "After the study: lobonet, tuned",
        "One change at a time",
        "Read your own face",
        "How this was made",
    ]
    assert f"<title>{TITLE}</title>" in page
    assert page.count('class="heat"') == 5
    # A row of faces for each class.
    assert page.count("data:image/png") == 7
    assert '<data value="0.63">0.630</data>' in page
    assert "a large drop" in page
    assert "mien detect photo.jpg --sheet sheet.png" in page
    assert "<script" not in page
    for link in re.findall('href="#(.*?)"', page):
        assert f'id="{link}"' in page


def test_a_page_to_publish_shows_no_face(study: Study) -> None:
    page = study_page(study, None, None)
    assert "data:image" not in page
    assert "One change at a time" not in page


def test_ablations_have_a_page_of_their_own(found: Ablations) -> None:
    page = study_page(None, found, None)
    assert "Number of convolutions" in page
    assert "4 (lobonet)" in page
    assert "Numbers were multiplied in bfloat16." in page
    assert "Not shown to differ from it: 2, 3, 5, 6." in page
    assert "Model 1" not in page


def test_the_tuned_settings_are_listed_beside_the_study_s(study: Study) -> None:
    page = study_page(study, None, None)
    assert '<th scope="row">zoom</th><td>0.1</td><td>0.15</td>' in page
    assert '<th scope="row">patience</th>' not in page


def test_numbers_stand_unrounded(study: Study) -> None:
    assert f'<data value="{np.mean(21 / 35)!r}'.replace("np.float64(", "").rstrip(")") in (
        study_page(study, None, None)
    )
