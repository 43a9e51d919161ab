import pytest

from mien.classes import FER2013, Vocabulary
from mien.evaluation.outcomes import Outcomes


def test_photos_are_counted_by_their_true_expression():
    outcomes = Outcomes(FER2013)
    happy, sad, fear = (FER2013[name] for name in ("happy", "sad", "fear"))
    for truth, answer in ((sad, sad), (sad, fear), (sad, None), (sad, fear), (happy, happy)):
        outcomes.add(truth, answer)
    assert (len(outcomes), outcomes.right) == (5, 2)
    assert list(outcomes.rows()) == [
        ("happy", "1", "1", "1.000", "0.207 to 1.000", ""),
        ("sad", "4", "1", "0.250", "0.046 to 0.699", "fear 2, no face 1"),
        ("all", "5", "2", "0.400", "0.118 to 0.769", ""),
    ]
    assert outcomes.summary() == "2 of 5 labelled photos right, 40% (12% to 77%)."


@pytest.mark.parametrize(("right", "text"), [(True, "1 of 1 labelled photo right, 100%")])
def test_one_photo_is_singular(right, text):
    classes = Vocabulary.named(["awake", "tired"])
    outcomes = Outcomes(classes)
    assert not outcomes
    assert list(outcomes.rows()) == []
    outcomes.add(classes[0], classes[0] if right else None)
    assert outcomes.summary().startswith(text)
