"""Shows which parts of a face its answer came from."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.arguments import checked
from mien.errors import PictureError
from mien.models import DEFAULT
from mien.perception.classifier import Classifier
from mien.perception.face import Face


@checked
def explain(face: Face, net: str | Path | Classifier = DEFAULT) -> NDArray[np.float32]:
    """Map how much each place on a face speaks for the expression that was read from it.

    The network's own map (HiResCAM, Draelos and Carin 2020: what each place adds to the logit of
    the likeliest expression) is cut off below 0, enlarged, and divided by its maximum. It shows
    what the network looked at, which need not be why the face looks as it does.

    Parameters
    ----------
    face
        A face with its crop, as `Reader.read` returns it.
    net
        The network that read it: a name, a path, or a `Classifier` to use again.

    Returns
    -------
    numpy.ndarray
        ``float32 [H, W]`` over the crop, 0 to 1; all 0 if nothing speaks for the expression.

    Raises
    ------
    PictureError
        If the face has no crop, or was read against a person's own neutral face.
    NetError
        If there is no such network, it has no maps, or it takes other crops.

    Examples
    --------
    >>> face = mien.detect("party.jpg")[0]
    >>> heat = mien.explain(face)
    >>> heat.shape == face.crop.shape, heat.max()
    (True, np.float32(1.0))
    """
    if face.crop is None:
        raise PictureError(
            "Expected a face with its crop, got one without.",
            "Use a face that mien.detect returned.",
        )
    if face.neutral:
        raise PictureError(
            "The network's maps explain its own answer, but this one was corrected by a neutral"
            " face.",
            "Read the face without the neutral face.",
        )
    classifier = net if isinstance(net, Classifier) else Classifier(net)
    coarse = np.maximum(classifier.maps(face.crop[None])[0], 0)
    size = face.crop.shape[1::-1]
    fine = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
    highest = float(fine.max())
    return np.asarray(fine / highest if highest else fine, dtype=np.float32)
