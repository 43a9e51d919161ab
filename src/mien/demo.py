"""Reads one real photo: ``python -m mien.demo``.

The photo is scikit-image's picture of the astronaut Eileen Collins (NASA, no known
restrictions), which its wheel includes, so nothing is downloaded.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mien.cli.detect import run_detect
from mien.cli.messages import complain
from mien.errors import MienError, PictureError, require
from mien.settings import load


def main() -> int:
    """Print the photo's faces and write demo/astronaut.mien.jpg.

    Returns
    -------
    int
        The exit code: 0 if everything was read, 2 if scikit-image or a network is missing.
    """
    try:
        photo = {"sources": (str(astronaut()),), "out": "demo"}
        return run_detect(load(environment=False, detect=photo))
    except MienError as error:
        complain(error)
        return 2


def astronaut() -> Path:
    """Return the path of the photo in the installed scikit-image.

    Raises
    ------
    MissingExtraError
        If scikit-image is not installed.
    PictureError
        If its wheel does not contain the picture.
    """
    package = require("skimage", "demo")
    path = Path(str(package.__file__)).parent / "data" / "astronaut.png"
    if not path.is_file():
        raise PictureError(
            f"Expected scikit-image's picture at {path}, but it is missing.",
            "Install the release that has it with: pip install 'scikit-image==0.26.*'.",
        )
    return path


if __name__ == "__main__":
    sys.exit(main())
