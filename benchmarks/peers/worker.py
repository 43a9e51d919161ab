"""Runs one system in its own environment; `peers.client` talks to it in lines of JSON.

Usage: python -I worker.py SYSTEM [CROPS.npy]

SYSTEM is a key of `LOADERS`, for mien's networks followed by a colon and the network's name. With
CROPS.npy the first crop is read and the process ends, which is what a cold start is timed on.
Without, a first line says how long loading took; then every line of the standard input is a
command, such as {"do": "rate", "crops": "crops.npy", "batch": 64, "seconds": 4}, which is answered
by one line. Needs nothing but NumPy and what the system itself brings.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

Read = Callable[[Any], Any]
"""A loaded system: gray crops ``uint8 [N, 48, 48]`` in, probabilities ``[N, 7]`` out."""

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The order in which every system's answer is given, which is that of `mien.classes`."""

_WARM_UP = 3  # calls before a timing


def in_our_order(labels: Iterable[str]) -> list[int]:
    """Return the place of each of `CLASSES` among a system's own labels.

    Raises
    ------
    ValueError
        If the labels are not the seven classes.
    """
    names = [label.lower() for label in labels]
    if sorted(names) != sorted(CLASSES):
        raise ValueError(f"expected the classes {', '.join(CLASSES)}, got {', '.join(names)}")
    return [names.index(name) for name in CLASSES]


def load_fer() -> Read:
    """Load fer's default classifier, the quantized TFLite network.

    A crop stands for the gray face that its `detect_emotions` has cut out; what follows there,
    scaling to the network's size and to -1 to 1, is done by the same functions.
    """
    import cv2
    from fer.fer import FER

    system = FER()
    labels = system._get_labels()
    order = in_our_order([labels[place] for place in range(len(labels))])
    size = system._FER__emotion_target_size

    def read(crops: Any) -> Any:
        faces = np.stack([cv2.resize(crop, size) for crop in crops])
        return system._classify_emotions(FER._FER__preprocess_input(faces, True))[:, order]

    return read


def load_what_the_face() -> Read:
    """Load what-the-face-classification; a crop stands for what its `face_crop` has cut out."""
    import torch

    _make_torchvision_importable()
    from PIL import Image
    from what_the_face_classification.inference import Image_classifier

    system = Image_classifier()
    system.net.eval()
    order = in_our_order(system.classes)

    def read(crops: Any) -> Any:
        faces = torch.stack([system.transform(Image.fromarray(crop)) for crop in crops])
        with torch.no_grad():
            return torch.softmax(system.net(faces), dim=1).numpy()[:, order]

    return read


def _make_torchvision_importable() -> None:
    """Declare the operators without which PyPI's torchvision refuses a CPU build of torch.

    That torchvision is compiled for CUDA, so its own declarations cannot be loaded beside such a
    torch; the package needs none of the operators, only torchvision's transforms, which are Python.
    """
    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        from torch import library

        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        for name in ("nms", "qnms"):
            arguments = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            library.define(f"torchvision::{name}", arguments)
        importlib.import_module("torchvision")


def load_mien(net: str) -> Read:
    """Load one of mien's own networks."""
    from mien.classes import NAMES
    from mien.perception.classifier import Classifier

    classifier = Classifier(net)
    order = in_our_order(NAMES)

    def read(crops: Any) -> Any:
        return classifier.probabilities(crops)[:, order]

    return read


LOADERS: dict[str, Callable[..., Read]] = {
    "fer": load_fer,
    "what-the-face-classification": load_what_the_face,
    "mien": load_mien,
}


def predict(read: Read, crops: str, out: str, batch: int = 64) -> dict[str, Any]:
    """Read all crops of a file, and write the probabilities, ``float32 [N, 7]``, to another."""
    faces = np.load(crops)
    parts = [read(faces[start : start + batch]) for start in range(0, len(faces), batch)]
    probabilities = np.concatenate(parts).astype(np.float32)
    np.save(out, probabilities)
    return {"faces": len(probabilities)}


def rate(read: Read, crops: str, batch: int, seconds: float) -> dict[str, Any]:
    """Read batches for a while; the faces read in a second."""
    faces = np.load(crops)
    batches = [faces[s : s + batch] for s in range(0, len(faces) - batch + 1, batch)]
    if not batches:
        raise ValueError(f"{len(faces)} faces do not fill a batch of {batch}")
    for _ in range(_WARM_UP):
        read(batches[0])
    done, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds or not done:
        read(batches[done % len(batches)])
        done += 1
    return {"faces_per_second": done * batch / passed, "batches": done, "seconds": passed}


def latency(read: Read, crops: str, seconds: float) -> dict[str, Any]:
    """Read single faces for a while; the milliseconds that one takes."""
    faces = np.load(crops)
    for _ in range(_WARM_UP):
        read(faces[:1])
    found: list[float] = []
    start = time.perf_counter()
    while time.perf_counter() - start < seconds or not found:
        place = len(found) % len(faces)
        before = time.perf_counter()
        read(faces[place : place + 1])
        found.append(1000 * (time.perf_counter() - before))
    return {"median_ms": statistics.median(found), "faces": len(found)}


def memory(_: Read) -> dict[str, Any]:
    """Return the most memory that the process has held so far, in MB of a million bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # Of this program alone: what `resource` gives counts the parent's memory before exec too.
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return {"peak_mb": int(line.split()[1]) * 1024 / 1e6}
    unit = 1 if sys.platform == "darwin" else 1024
    return {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6}


COMMANDS: dict[str, Callable[..., dict[str, Any]]] = {
    "predict": predict,
    "rate": rate,
    "latency": latency,
    "memory": memory,
}


def answer(read: Read, line: str) -> dict[str, Any]:
    """Carry out one command; a failure is an answer too."""
    # Broad, since each system is another project's code, which may raise anything.
    try:
        command = json.loads(line)
        return COMMANDS[command.pop("do")](read, **command)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    """Load the system, then read one crop or carry out commands."""
    # The systems print; what they print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    name, _, net = sys.argv[1].partition(":")
    start = time.perf_counter()
    read = LOADERS[name](*([net] if net else []))
    if len(sys.argv) > 2:
        print(json.dumps(read(np.load(sys.argv[2])[:1])[0].tolist()), file=answers)
        return
    print(json.dumps({"loaded_seconds": time.perf_counter() - start}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(read, line)), file=answers, flush=True)


if __name__ == "__main__":
    main()
