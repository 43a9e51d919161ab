"""Times what a user waits for; prints a table and writes results/speed.json.

Whole processes are timed from outside, so the interpreter's own start is in them. Run it on a
machine that does nothing else.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import skimage.data
from PIL import Image

from common import median_seconds, process, publish
from mien.models import names
from mien.models.runtime import open_session
from mien.perception.classifier import Classifier
from mien.perception.reader import Reader

BATCH = 64
PEAK_SIDE = 2048
"""Side of the square matrices whose product is as fast as the machine multiplies."""


def processes(photo: Path) -> dict[str, Any]:
    """Time whole processes."""
    cli = ("-m", "mien")
    return {
        "python (nothing else)": median_seconds(process("-c", "pass"), 9),
        "import mien": median_seconds(process("-c", "import mien"), 9),
        "mien --help": median_seconds(process(*cli, "--help"), 9),
        "mien detect, one 512x512 photo, cold": median_seconds(
            process(*cli, "detect", str(photo), "--no-annotate"), 7
        ),
    }


def warm(photo: np.ndarray[Any, np.dtype[np.uint8]]) -> dict[str, Any]:
    """Time finding and reading the face in a photo, once everything is loaded."""
    large = np.zeros((1080, 1920, 3), np.uint8)
    large[:, 420:1500] = cv2.resize(photo, (1080, 1080), interpolation=cv2.INTER_CUBIC)
    seconds = {}
    for words, threads in (("", None), (", one thread", 1)):
        reader = Reader(threads=threads)
        for size, picture in (("512x512", photo), ("1920x1080", large)):
            name = f"mien detect, one {size} photo, warm{words}"
            seconds[name] = median_seconds(lambda: reader.read(picture), 30, 3)  # noqa: B023
    return seconds


def classifier(name: str) -> dict[str, Any]:
    """Time a network on one crop and on a batch."""
    crops = np.random.default_rng(0).integers(0, 256, (BATCH, 48, 48), dtype=np.uint8)
    net = Classifier(name)
    one = median_seconds(lambda: net.logits(crops[:1]), 200, 20)
    many = median_seconds(lambda: net.logits(crops, BATCH), 50, 5)
    return {
        "one face": one,
        f"batch of {BATCH}": many,
        "faces per second": round(BATCH / many["median"], 1),
        "multiply-adds per second": net.info.macs * BATCH / many["median"],
    }


def classifiers() -> dict[str, Any]:
    """Time each network in a process of its own: one after the other they slow each other down."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as pool:
        return dict(zip(names(), pool.map(classifier, names()), strict=True))


def peak() -> float:
    """Measure multiply-adds a second of a product of float32 matrices, by the same library."""
    side = [PEAK_SIDE, PEAK_SIDE]
    left, right, product = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, side)
        for name in ("left", "right", "product")
    )
    node = onnx.helper.make_node("MatMul", ["left", "right"], ["product"])
    graph = onnx.helper.make_graph([node], "peak", [left, right], [product])
    model = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9
    )
    session = open_session(model.SerializeToString())
    random = np.random.default_rng(0)
    given = {name: random.random(side, dtype=np.float32) for name in ("left", "right")}
    seconds = median_seconds(lambda: session.run(None, given), 15, 3)["median"]
    return float(PEAK_SIDE**3 / seconds)


def main() -> None:
    """Time everything."""
    photo = skimage.data.astronaut()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "astronaut.png"
        Image.fromarray(photo).save(path)
        seconds = processes(path) | warm(photo)
    nets, fastest = classifiers(), peak()
    for timed in nets.values():
        timed["share of the peak"] = round(timed["multiply-adds per second"] / fastest, 3)
    rows = [("what", "median", "min", "max")]
    for what, timed in seconds.items():
        rows.append((what, *(f"{timed[key] * 1000:.0f} ms" for key in ("median", "min", "max"))))
    for name, timed in nets.items():
        one = timed["one face"]
        spread = (f"{one[key] * 1000:.2f} ms" for key in ("median", "min", "max"))
        rows.append((f"{name}, one crop", *spread))
        rows.append((f"{name}, batches of {BATCH}", f"{timed['faces per second']} faces/s", "", ""))
        rows.append((f"{name}, share of the peak", f"{timed['share of the peak']:.0%}", "", ""))
    rows.append(("peak: float32 matrix product", f"{fastest / 1e9:.0f} G multiply-adds/s", "", ""))
    publish("speed", {"seconds": seconds, "nets": nets, "peak": fastest}, rows)


if __name__ == "__main__":
    main()
