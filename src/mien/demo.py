"""Reads one real photo: ``python -m mien.demo``.

The photo is scikit-image's picture of the astronaut Eileen Collins (NASA, no known
restrictions), which comes in its wheel, so that nothing is downloaded.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mien.cli import complain
from mien.cli.detect import run_predict
from mien.errors import MienError, PictureError, require
from mien.settings import load


def main() -> int:
    """Print the photo's faces and write demo/astronaut.mien.jpg.

    Returns
    -------
    int
        The exit code: 0 if all went well, 2 if scikit-image or a network is missing.
    """
    try:
        photo = {"sources": (str(astronaut()),), "out": "demo"}
        return run_predict(load(environment=False, predict=photo))
    except MienError as error:
        complain(error)
        return 2


def astronaut() -> Path:
    """Find the photo in the installed scikit-image.

    Raises
    ------
    MissingExtraError
        If scikit-image is not installed.
    PictureError
        If its wheel has no such picture.
    """
    package = require("skimage", "demo")
    path = Path(str(package.__file__)).parent / "data" / "astronaut.png"
    if not path.is_file():
        raise PictureError(
            f"Expected scikit-image's picture at {path}, found none.",
            "Install the release that has it with: pip install 'scikit-image==0.26.*'.",
        )
    return path


if __name__ == "__main__":
    sys.exit(main())
