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
    assert '<data value="1.734723475976807e-18">&lt; 0.0001</data>' in html
    assert '<a href="#n2">near</a>' in html


def test_other_faces_are_named_in_place_of_a_verdict(samples: Samples) -> None:
    other = dataclasses.replace(samples, names=np.char.add(samples.names, " b"))
    html = comparison([network("a", samples, 120), network("b", other, 60)], ["n1", "n2"])
    assert "The two hold different images" in html


def test_networks_without_predictions_are_not_compared_in_pairs(samples: Samples) -> None:
    one, two = network("a", samples, 120), network("b", samples, 60)
    html = comparison([one, dataclasses.replace(two, predictions=None)], ["n1", "n2"])
    assert "In pairs" not in html
    assert "only a paired comparison can tell" in html
