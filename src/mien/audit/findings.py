"""The reasons for which an audit lists a face."""

from __future__ import annotations

import dataclasses

from mien.audit.no_face import BLANK, DRAWING, FEW_GRAYS, STEP
from mien.data.duplicates import GRID, THRESHOLD

_KEPT = (
    "One of such faces is kept, first from the test splits and last from Training, so that leaving"
    " out the others removes test faces from Training."
)

_REDUCED = (
    f"Each face is reduced to {GRID} x {GRID} grays; two are taken for the same picture where"
    f" these correlate by {THRESHOLD} or more"
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
        "A sign or a page of text, such as a web site shows in place of a picture: the grays in"
        f" 32 bins have an entropy below {FEW_GRAYS:g} bits."
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
        " networks that learned from other faces find another class more likely. As many faces"
        " are listed as contradict the networks where these are as sure of the other class as they"
        " usually are of faces with that label; the faces whose label is the least likely compared"
        " with the suggested class come first. Networks are wrong about hard faces too, so look at"
        " these before you leave them out; a test set without them makes every network look better"
        " than it is."
    ),
}
"""By the code of each reason, how the faces were found. Files of other programs hold the codes."""

BY_VOTES = ("voted_no_face", "voted_unknown", "no_vote")
"""Reasons that only FER+'s votes can give."""

BY_NETWORKS = ("label_error",)
"""Reasons that only networks can give which did not learn from the faces."""


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
