"""Pictures that are the same share a card."""

import numpy as np
import pytest

from mien.audit.cards import NAMES, PICTURES, cards, figure
from mien.audit.findings import Finding
from mien.classes import Vocabulary
from mien.data import Samples


def samples(images: list[np.ndarray], labels: list[int], names: str = "") -> Samples:
    """Make a data set of two classes from gray pictures."""
    return Samples(
        images=np.stack(images),
        labels=np.array(labels, np.int8),
        splits=np.array(["train"] * len(images)),
        names=np.array([f"{names}{row}.png" for row in range(len(images))]),
        sha256="0" * 64,
        vocabulary=Vocabulary.named(("awake", "tired <b>")),
    )


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (48, 48), np.uint8)


def gray(value: int) -> np.ndarray:
    return np.full((48, 48), value, np.uint8)


def test_copies_of_one_face_are_one_card() -> None:
    data = samples([noise(0)] * 5 + [noise(1)] * 2, [0, 0, 0, 1, 0, 1, 1])
    findings = [Finding(row, "exact", "one of 5 copies", 5, 0) for row in (1, 2, 3, 4)]
    findings.append(Finding(6, "exact", "one of 2 copies", 2, 5))
    first, second = cards(data, findings)
    assert (first.rows, first.pictures) == ((1, 2, 3, 4, 0), (1,))
    assert second.rows == (6, 5)
    text = figure(data, first)
    assert text.count("<img ") == 1
    assert "<b>4 awake, 1 tired &lt;b&gt;</b><br>5 faces with this picture<br>1.png" in text
    assert text.endswith("3.png<br>and 2 more</figcaption></figure>")
    assert "<b>tired &lt;b&gt; / tired &lt;b&gt;</b><br>one of 2 copies<br>" in figure(data, second)


def test_constant_pictures_are_one_card_whatever_their_gray() -> None:
    data = samples([gray(0), gray(7), noise(0), gray(0)], [0, 1, 0, 0])
    findings = [Finding(row, "blank", "standard deviation 0.0", 0) for row in (0, 1, 3)]
    (card,) = cards(data, findings)
    assert card.rows == (0, 1, 3)
    assert figure(data, card).count("<img ") == 1
    assert "3 faces with this picture" in figure(data, card)
    # Also where something else is the reason.
    findings = [Finding(row, "voted_no_face", "9 of 10 votes", 9) for row in (3, 2, 1)]
    assert [card.rows for card in cards(data, findings)] == [(3, 1), (2,)]


def test_a_contradiction_is_shown_once() -> None:
    data = samples([noise(0), noise(1), noise(2)], [0, 1, 0])
    findings = [
        Finding(row, "near_conflict", "correlation 0.97", 0.97, other)
        for row, other in ((0, 1), (1, 0), (2, 1))
    ]
    first, second = cards(data, findings)
    assert (first.rows, second.rows) == ((0, 1), (2, 1))
    assert figure(data, first).count("<img ") == 2
    assert "<b>awake / tired &lt;b&gt;</b>" in figure(data, first)


@pytest.mark.parametrize("faces", [3, 8])
def test_near_duplicates_of_one_face_are_one_card(faces: int) -> None:
    data = samples([noise(seed) for seed in range(faces)], [0] * faces, "<i>")
    findings = [Finding(row, "near", f"correlation {row}", row, 0) for row in range(1, faces)]
    (card,) = cards(data, findings)
    text = figure(data, card)
    assert text.count("<img ") == min(faces, PICTURES)
    assert f"{faces} faces<br>correlation 1<br>" in text
    assert ("more pictures not shown" in text) == (faces > PICTURES)
    assert text.count("&lt;i&gt;") == (3 if faces == 3 else NAMES)


def test_a_suggested_class_is_named() -> None:
    data = samples([noise(0)], [0])
    (card,) = cards(data, [Finding(0, "label_error", "0.9", 0.9, None, 1, 0.9)])
    assert "<b>awake, rather tired &lt;b&gt;?</b>" in figure(data, card)
