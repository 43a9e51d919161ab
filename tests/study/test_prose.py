from typing import Any

import pytest

from mien.study import prose
from mien.study.page import study_page
from mien.study.results import StudyResults


def plain(sentences: Any) -> str:
    import re

    return re.sub("<[^>]+>", "", " ".join(sentences))


def test_peaks_are_compared_with_the_report(measured: Any) -> None:
    near = plain(prose.against_report(measured("plain", 0.70, 0.6), True))
    assert "reported 0.59 at the peak of its test curve; here the peak on PublicTest is 0.6" in near
    assert "0.01 more than the study reported. Chance among 35 faces can explain that" in near
    assert "reported 0.63; here the peak is 0.700, 0.07 more than that." in near
    far = plain(prose.against_report(measured("plain", 0.63, 0.2), True))
    assert "0.39 less than the study reported. Chance among 35 faces alone does not" in far
    assert "here the peak is 0.630, the same as that." in far


def test_a_network_without_a_number_or_report(measured: Any) -> None:
    dropped = plain(prose.against_report(measured("plain-bn-dropout", 0.3, 0.4), True))
    assert dropped.startswith("The study gives no number for it, only “a large drop")
    assert "reaches 0.400" in dropped
    assert plain(prose.against_report(measured("lobonet-tuned", 0.3, 0.4), True)) == ""


def test_steps_are_compared_with_the_study_s(measured: Any) -> None:
    before, dropped = measured("plain-bn", 0.6, 0.5), {"before": "plain-bn", "p": 0.5}
    said = {}
    for better, step in ((False, -0.1), (None, 0.0), (True, 0.1)):
        change = dropped | {"difference": step, "interval": (step, step), "better": better}
        after = measured("plain-bn-dropout", 0.3, 0.4, change=change)
        said[better] = plain(prose.against_before(after, before, True))
    assert "changed by -0.100 (-0.100 to -0.100): worse than plain-bn." in said[False]
    assert "nodes were dropped: the repetition agrees." in said[False]
    assert "here the difference is not significant" in said[None]
    assert "the repetition disagrees" in said[True]
    first = plain(prose.against_before(before, None, True))
    assert first == ""


def test_a_tuned_network_is_not_compared_with_the_study(study: StudyResults) -> None:
    tuned, lobonet = study.models[-1], study.models[-2]
    said = plain(prose.against_before(tuned, lobonet, True))
    assert said.endswith("better than lobonet.")


def test_the_end_of_a_training_is_told(measured: Any) -> None:
    early = measured("plain", 0.6, 0.5)
    assert prose.ended(early).startswith("Training stopped early after 2 of 60 epochs, because the")
    assert prose.ended(measured("plain", 0.6, 0.5, recipe={"epochs": 2})) == (
        "Training ran for all of its 2 epochs."
    )
    assert "was 0.100 above the accuracy on PublicTest" in prose.overfits(early)


def test_the_summary_comes_from_the_numbers(study: StudyResults, measured: Any) -> None:
    said = plain(prose.agreement(study))
    assert "Of the 3 test accuracies that the study reported, 3 lie within" in said
    # Of 35 faces: 0.63 and 0.60 cannot be told apart.
    assert said.endswith(
        "lobonet has the highest peak of the four, but its interval overlaps with that of plain:"
        " too little to say which is the best."
    )
    assert "quick pass" not in said


@pytest.mark.parametrize(
    ("peaks", "sentence"),
    [
        ((0.3, 0.9), "As in the study, lobonet is the best of the four."),
        ((0.9, 0.3), "The best of the four is plain here; in the study it was lobonet."),
    ],
)
def test_the_best_is_named_where_intervals_are_apart(
    study: StudyResults, measured: Any, peaks: tuple[float, float], sentence: str
) -> None:
    first, last = peaks
    low = [measured(name, 0.3, 0.2) for name in ("plain-bn", "plain-bn-dropout")]
    four = (measured("plain", 0.3, first), *low, measured("lobonet", 0.3, last))
    assert plain(prose.agreement(study.model_copy(update={"models": four}))).endswith(sentence)


def quick(study: StudyResults, measured: Any) -> StudyResults:
    """One epoch on 3% of the faces."""
    models = tuple(
        measured(
            network.name,
            0.6,
            0.9,
            recipe={"epochs": 1, "subset": 0.03},
            change=network.change and network.change.model_dump(),
        )
        for network in study.models
    )
    return study.model_copy(update={"subset": 0.03, "models": models})


def test_a_quick_pass_has_no_verdict(study: StudyResults, measured: Any) -> None:
    short = quick(study, measured)
    said = plain(prose.agreement(short))
    assert said.startswith(
        "This is a quick pass over 3% of the Training faces with at most 1 epoch: it shows how the"
        " study works, but is too little to say whether its results hold. A verdict takes all of"
        " the Training faces and up to 60 epochs for each network."
    )
    page = plain([study_page(short, None, None)])
    assert "too little to say whether the two agree" in page
    assert "against 95%" not in page
    for verdict in (
        "Chance among", "lie within", "best of the four", "the repetition", "better than",
        "worse than", "no significant difference",
    ):  # fmt: skip
        assert verdict not in page
    assert "1 epochs" not in page
