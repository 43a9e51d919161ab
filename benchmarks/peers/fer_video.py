"""Times fer's Video.analyze on a clip, in fer's own environment; prints one line of JSON.

Usage: python -I fer_video.py CLIP FOLDER

FOLDER takes what fer writes. Frames are analysed without being shown, saved or drawn on, which is
the least that fer can be asked for; loading is not timed.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def main() -> None:
    """Analyse the clip once."""
    clip, folder = str(Path(sys.argv[1]).resolve()), sys.argv[2]
    from fer.classes import Video
    from fer.fer import FER

    os.chdir(folder)
    detector = FER()
    video = Video(clip, outdir=folder)
    start = time.perf_counter()
    frames = video.analyze(
        detector,
        display=False,
        frequency=1,
        save_frames=False,
        save_video=False,
        annotate_frames=False,
        zip_images=False,
    )
    seconds = time.perf_counter() - start
    faces = sum(bool(frame) for frame in frames)
    # On a line of its own: fer prints too.
    print("\n" + json.dumps({"frames": len(frames), "with a face": faces, "seconds": seconds}))


if __name__ == "__main__":
    main()
