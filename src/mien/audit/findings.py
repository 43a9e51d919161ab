"""What an audit can find wrong with a face."""

from __future__ import annotations

import dataclasses

from mien.audit.no_face import BLANK, DRAWING, FEW_GRAYS, STEP
from mien.data.duplicates import GRID, THRESHOLD

_KEPT = (
    "Of such faces one is kept, from PrivateTest before PublicTest before Training, so that"
    " leaving out the others takes what is tested on out of what is trained on."
)

_REDUCED = (
    f"Each face is reduced to {GRID} x {GRID} grays; two are the same picture where these"
    f" correlate by {THRESHOLD} or more"
)

REASONS = {
    "exact_twin": f"Equal to another face in every pixel, by a hash of the pixels. {_KEPT}",
    "near_twin": (
        f"The same picture as another face, in another crop, contrast or with a watermark."
        f" {_REDUCED}. {_KEPT}"
    ),
    "mirrored_twin": (
        f"The mirror image of another face. {_REDUCED} once the one is mirrored. {_KEPT}"
    ),
    "exact_conflict": (
        "Equal in every pixel to a face with another label. One of the labels is wrong; all of"
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
        "A sign or a page of text, such as a web site shows in a picture's place: the grays in"
        f" 32 bins have an entropy below {FEW_GRAYS:g} bits."
    ),
    "drawing": (
        f"Probably a drawing: more than {DRAWING:g} steps of over {STEP} grays from a pixel to"
        " the next, right or below, a pixel. Some photos in hard light are among these."
    ),
    "voted_no_face": "FER+'s taggers most often voted that this is not a face.",
    "voted_unknown": "FER+'s taggers most often voted that the expression cannot be told.",
    "no_vote": (
        "Probably a wrong label: none of FER+'s ten taggers voted for it, though they saw a face."
        " First those on whose other expression most of them agree."
    ),
    "label_error": (
        "Probably a wrong label, by confident learning (Northcutt, Jiang and Chuang 2021):"
        " networks that learned from other faces think another class likelier. As many faces are"
        " listed as contradict the networks where these are as sure of the other class as they"
        " usually are of faces that are called so; first those whose label is the least likely"
        " beside the suggested class. Networks are wrong about hard faces too, so look before you"
        " leave these out; without them in what is tested on, every network looks better than it"
        " is."
    ),
}
"""Each reason, and how what it stands for was found."""


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
    twin: int | None = None
    """Row of the face that it repeats or contradicts."""
    suggested: int | None = None
    """Class that is suggested for it."""
    probability: float | None = None
    """Probability of the suggested class."""
