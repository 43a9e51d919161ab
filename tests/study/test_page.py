import re
import runpy
from pathlib import Path

import numpy as np
import pytest

from mien.data import Samples
from mien.study.ablations import AblationResult, AblationResults, Point, ablation_named
from mien.study.page import TITLE, study_page
from mien.study.results import Provenance, StudyResults, read_results

html_check = runpy.run_path(str(Path(__file__).parents[1] / "html_check.py"))
check_page, commands = html_check["check_page"], html_check["commands"]


@pytest.fixture(scope="module")
def found() -> AblationResults:
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
        for number, value in enumerate(ablation_named("layers").values)
    )
    return AblationResults(
        subset=0.1,
        epochs=12,
        seeds=3,
        sha256="0" * 64,
        precision="bfloat16",
        made=Provenance.now("mien study --ablate all"),
        ablated=(AblationResult(name="layers", base="4", points=points),),
    )


def test_the_page_tells_the_whole_story(
    study: StudyResults, found: AblationResults, samples: Samples
) -> None:
    page = study_page(study, found, samples)
    headings = re.findall("<h2>(.*?)</h2>", page)
    assert headings == [
        "Reported and measured",
        "The data",
        "Model 1: a plain network",
        "Model 2: with batch normalisation",
        "Model 3: with dropout",
        "Model 4: lobonet",
        "After the study: lobonet, tuned",
        "One change at a time",
        "Read your own face",
        "How this was made",
    ]
    assert f"<title>{TITLE}</title>" in page
    # Peaks and counts; of each network curves and confusion; lobonet's layers; an ablation.
    assert page.count("<svg ") == 2 + 5 * 3 + 1 + 1
    # A row of faces for each class.
    assert page.count("data:image/png") == 7
    assert "<td>0.63</td>" in page
    assert "a large drop" in page
    assert "mien detect photo.jpg --sheet sheet.png" in commands(page)
    check_page(page)


def test_a_page_to_publish_shows_no_face(study: StudyResults) -> None:
    page = study_page(study, None, None)
    assert "data:image" not in page
    assert "One change at a time" not in page


def test_ablations_have_a_page_of_their_own(found: AblationResults) -> None:
    page = study_page(None, found, None)
    assert "Number of convolutions" in page
    assert "4 (lobonet)" in page
    assert "Everything was computed in bfloat16." in page
    assert "No significant difference: 2, 3, 5, 6." in page
    assert "Model 1" not in page


@pytest.mark.parametrize("less", [{"seeds": 1}, {"epochs": 1}, {"subset": 0.03}])
def test_short_ablations_have_no_verdict(
    found: AblationResults, less: dict[str, float]
) -> None:
    page = study_page(None, found.model_copy(update=less), None)
    assert "It is too little to say whether one value is better than another." in page
    assert page.count("<td>too little to say</td>") == 4
    assert "a verdict takes two seeds or more, 10% of the Training faces and 12 epochs" in page
    assert "ignificant" not in page
    assert "1 epochs" not in page


def test_the_tuned_settings_are_listed_beside_the_study_s(study: StudyResults) -> None:
    page = study_page(study, None, None)
    assert '<th scope="row">zoom</th><td>0.1</td><td>0.15</td>' in page
    assert '<th scope="row">patience</th>' not in page


def test_numbers_stand_unrounded(study: StudyResults) -> None:
    assert f'<data value="{np.mean(21 / 35)!r}'.replace("np.float64(", "").rstrip(")") in (
        study_page(study, None, None)
    )


def test_the_published_numbers_of_an_earlier_version_can_be_read() -> None:
    docs = Path(__file__).parents[2] / "docs" / "study"
    study = read_results(docs / "study.json", StudyResults)
    ablations = read_results(docs / "ablations.json", AblationResults)
    assert study is not None
    assert ablations is not None
    assert [round(network.peak_test, 3) for network in study.models] == [
        0.548, 0.592, 0.576, 0.641, 0.665,
    ]  # fmt: skip
    assert study.data.duplicates.groups == 1273
    assert study.models[0].record.recipe["ferplus_weight"] == 0.5
    assert study.complete
    published, now = (docs / "study.html").read_text("utf-8"), study_page(study, ablations, None)
    # Figures depend on the version of matplotlib.
    figure = re.compile("<svg .*?</svg>", re.DOTALL)
    assert figure.sub("", published) == figure.sub("", now)
