"""Heat maps as tables."""

import re

from mien.evaluation.report.heat import confusion_map, corruption_map, shade
from mien.evaluation.report.schema import Robustness
from mien.expression import NAMES


def values(html: str) -> list[float]:
    return [float(each) for each in re.findall(r'<data value="([^"]+)"', html)]


def test_a_cell_s_colour_is_its_share() -> None:
    assert shade(0.25) == ' style="--share:25.0%"'
    assert shade(0.75) == ' class="deep" style="--share:75.0%"'
    assert shade(-1) == ' style="--share:0.0%"'
    assert shade(2) == ' class="deep" style="--share:100.0%"'


def test_confusion_shows_counts_and_percents_of_its_rows() -> None:
    matrix = tuple(
        tuple(6 if row == column else int(column == 0) for column in range(7)) for row in range(7)
    )
    html = confusion_map(matrix, [0] * 7)
    rows = [[*row, sum(row)] for row in matrix]
    assert values(html) == [cell for row in rows for cell in row]
    # 6 of 7 and 1 of 7, but 6 of 6 in the first row.
    assert re.findall(r">(\d+)</data></td>", html)[:8] == ["100", *["0"] * 6, "6"]
    assert html.count(">86</data>") == 6
    assert html.count(">14</data>") == 6
    assert "not found" not in html


def test_faces_that_were_not_found_have_a_column() -> None:
    matrix = tuple(tuple(0 for _ in range(7)) for _ in range(7))
    html = confusion_map(matrix, [3, *[0] * 6])
    assert "not found" in html
    # A class without a face has no share, and is no error.
    assert values(html)[:9] == [0, 0, 0, 0, 0, 0, 0, 3, 3]


def robustness(**accuracies: tuple[float, float]) -> Robustness:
    def cell(accuracy: float) -> dict[str, object]:
        return {"accuracy": accuracy, "interval": (accuracy, accuracy), "macro_f1": accuracy}

    corruptions = {
        name: {
            "mean_accuracy": sum(by_level) / 2,
            "severities": {"1": cell(by_level[0]), "5": cell(by_level[1])},
        }
        for name, by_level in accuracies.items()
    }
    return Robustness.model_validate(
        {
            "net": "a",
            "n": 10,
            "seed": 0,
            "severities": [1, 5],
            "clean": cell(0.9),
            "corruptions": corruptions,
            "mean_corruption_accuracy": 0.5,
            "mean_corruption_macro_f1": 0.5,
        }
    )


def test_corruptions_are_ordered_from_mild_to_bad() -> None:
    html = corruption_map(robustness(blur=(0.5, 1 / 7), low_light=(0.9, 0.6)))
    assert values(html) == [0.9, 0.9, 0.6, 0.75, 0.9, 0.5, 1 / 7, (0.5 + 1 / 7) / 2]
    assert re.findall(r'<th scope="row">([^<]+)', html) == ["low light", "blur"]
    # Chance is the paper's colour, the clean accuracy the full one.
    assert '--share:0.0%" title="0.143 to 0.143"' in html
    assert html.count("--share:100.0%") == 3
    assert len(NAMES) == 7
