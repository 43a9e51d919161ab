"""From clips and cameras to upright RGB frames with their time, and back to clips.

`reader` reads a clip, `camera` a camera, `writer` writes a clip, and `formats` tells what is one.
Reading and writing clips needs PyAV, which the extra ``video`` installs; cameras need OpenCV alone.
"""

from mien.video.camera import Camera
from mien.video.formats import VIDEO_SUFFIXES, is_video
from mien.video.frame import VideoFrame
from mien.video.reader import VideoReader
from mien.video.writer import VideoWriter

__all__ = [
    "VIDEO_SUFFIXES",
    "Camera",
    "VideoFrame",
    "VideoReader",
    "VideoWriter",
    "is_video",
]
