import dataclasses
import re

import numpy as np

from mien.data import Samples
from mien.evaluation.predictions import Predictions
from mien.evaluation.results import Scores
from mien.evaluation.scores import score
from mien.report.inputs import NetworkResults
from mien.report.sections.comparison import comparison


def network(name: str, samples: Samples, right: int) -> NetworkResults:
    """A network that is right on the first faces and wrong on all others."""
    rows = np.arange(len(samples))
    probabilities = np.full((len(samples), 7), 0.05, np.float32)
    probabilities[rows, (samples.labels + (rows >= right)) % 7] = 0.7
    predictions = Predictions.of(name, probabilities, samples)
    scores = Scores.of(
        score(probabilities, samples.labels, samples.vocabulary), name, split="public"
    )
    return NetworkResults(name, scores, predictions=predictions)


def test_verdicts_are_those_of_the_paired_test(samples: Samples) -> None:
    networks = [network("best", samples, 120), network("near", samples, 119),
                network("far", samples, 60)]  # fmt: skip
    html = comparison(networks, ["n1", "n2", "n3"])
    assert "<h4>In pairs, against best</h4>" in html
    rows = re.findall(r'<tr><th scope="row">(\w+)</th>.*?<td>([a-z ]+)</td></tr>', html)
    assert rows == [("near", "no significant difference"), ("far", "worse")]
    # 60 faces that only the best reads right: p is 2 ** -59.
    assert '<data value="1.734723475976807e-18">p &lt; 0.0001</data>' in html
    assert '<a href="#n2">near</a>' in html


def test_networks_on_other_faces_are_not_ranked(samples: Samples) -> None:
    other = dataclasses.replace(samples, names=np.char.add(samples.names, " b"))
    networks = [network("a", samples, 120), network("b", other, 60)]
    html = comparison(networks, ["n1", "n2"])
    assert "measured on different faces, so their scores cannot be compared" in html
    assert "In pairs" not in html
    assert "highest" not in html
    assert "<svg" not in html
    # Two of three were measured on the same faces, so these are compared with each other.
    html = comparison([*networks, network("c", other, 20)], ["n1", "n2", "n3"])
    assert "Only b and c were measured on the same faces." in html
    assert html.count("<h4>In pairs, against b</h4>") == html.count("<h4>") == 1
    assert "<svg" not in html


def test_the_same_faces_may_have_two_names(samples: Samples) -> None:
    public, test = network("a", samples, 120), network("b", samples, 60)
    assert test.scores is not None
    test = dataclasses.replace(test, scores=test.scores.with_parts(split="test"))
    html = comparison([public, test], ["n1", "n2"])
    assert "cannot be compared" not in html
    assert "The same faces are called PublicTest and the test faces." in html
    assert "<h4>In pairs, against a</h4>" in html
    assert "<svg" in html
    # The other way round: the name is the same, and so is the number of faces of each class.
    pixels = dataclasses.replace(samples, images=255 - samples.images)
    html = comparison([public, network("b", pixels, 60)], ["n1", "n2"])
    assert "cannot be compared" in html


def test_networks_without_predictions_are_not_compared_in_pairs(samples: Samples) -> None:
    one, two = network("a", samples, 120), network("b", samples, 60)
    html = comparison([one, dataclasses.replace(two, predictions=None)], ["n1", "n2"])
    assert "In pairs" not in html
    assert "only a paired comparison can tell" in html
