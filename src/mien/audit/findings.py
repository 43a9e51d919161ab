"""The reasons for which an audit lists a face."""

from __future__ import annotations

import dataclasses

from mien.audit.no_face import BLANK, DRAWING, FEW_GRAYS, STEP
from mien.data.duplicates import GRID, THRESHOLD

_KEPT = (
    "One face of each group is kept, from a test split if possible, so that leaving out the others"
    " removes test faces from Training."
)

_REDUCED = (
    f"Each face is reduced to {GRID} x {GRID} grays; two count as the same picture if their"
    f" correlation is {THRESHOLD} or more"
)

REASONS = {
    "exact_duplicate": (
        f"Identical to another face in every pixel, by a hash of the pixels. {_KEPT}"
    ),
    "near_duplicate": (
        f"The same picture as another face, in another crop or contrast or with a watermark."
        f" {_REDUCED}. {_KEPT}"
    ),
    "mirrored_duplicate": (
        f"The mirror image of another face. {_REDUCED} once one of them is mirrored. {_KEPT}"
    ),
    "exact_conflict": (
        "Identical in every pixel to a face with another label. One of the labels is wrong; all of"
        " the faces are listed."
    ),
    "near_conflict": (
        f"The same picture as a face with another label. {_REDUCED}; both faces are listed. Two"
        " pictures of a series can truly differ in expression, so look at these."
    ),
    "blank": (
        f"Nearly one gray: the standard deviation of the grays is below {BLANK:g} of 255."
    ),
    "few_grays": (
        "A sign or a page of text, such as web sites show in place of a picture: the grays in 32"
        f" bins have an entropy below {FEW_GRAYS:g} bits."
    ),
    "drawing": (
        f"Probably a drawing: per pixel more than {DRAWING:g} steps of over {STEP} grays to the"
        " next pixel, to the right or below. Some photos in hard light are among these."
    ),
    "voted_no_face": "FER+'s taggers most often voted that this is not a face.",
    "voted_unknown": "FER+'s taggers most often voted that the expression cannot be told.",
    "no_vote": (
        "Probably a wrong label: none of FER+'s ten taggers voted for it, though they saw a face."
        " The faces on whose other expression most of them agree come first."
    ),
    "label_error": (
        "Probably a wrong label, by confident learning (Northcutt, Jiang and Chuang 2021):"
        " networks that learned from other faces find another class more likely. The list is as"
        " long as there are faces for which the networks are as sure of another class as they"
        " usually are of faces with that label. It begins with the faces whose label is the least"
        " likely compared with the suggested class. Networks are wrong about hard faces too, so"
        " look at these before you leave them out; a test set without them makes every network"
        " look better than it is."
    ),
}
"""By the code of each reason, how the faces were found. Files of other programs hold the codes."""

BY_VOTES = ("voted_no_face", "voted_unknown", "no_vote")
"""Reasons that only FER+'s votes can give."""

BY_NETWORKS = ("label_error",)
"""Reasons that only networks that were not trained on the faces can give."""


@dataclasses.dataclass(frozen=True)
class Finding:
    """One reason to leave a face out."""

    row: int
    """Row of the face in the data."""
    reason: str
    """One of `REASONS`."""
    detail: str
    """The measure behind it, in words."""
    badness: float
    """Orders the findings of one reason, the worst being the largest."""
    other: int | None = None
    """Row of the face that it repeats or contradicts."""
    suggested: int | None = None
    """Class that is suggested for it."""
    probability: float | None = None
    """Probability of the suggested class."""
