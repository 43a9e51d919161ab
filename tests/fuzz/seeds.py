"""Makes the seeds of all borders: ``python tests/fuzz/seeds.py``; small, and drawn here.

The only photo is that of an astronaut which scikit-image has, shrunk.
"""

from __future__ import annotations

import io
import json
import runpy
import struct
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
TINY = runpy.run_path(str(HERE.parent / "tiny_nets.py"))

Seeds = Mapping[str, bytes]


def astronaut(side: int):
    """The astronaut's face, RGB ``uint8 [side, side, 3]``."""
    import cv2
    from skimage import data

    face = np.asarray(data.astronaut(), dtype=np.uint8)[0:256, 96:352]
    return cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)


def encoded(kind: str, side: int = 16, **options: object) -> bytes:
    """The astronaut's face in a format of Pillow's."""
    from PIL import Image

    file = io.BytesIO()
    mode = options.pop("mode", "RGB")
    Image.fromarray(astronaut(side)).convert(mode).save(file, kind, **options)
    return file.getvalue()


def picture_seeds() -> Seeds:
    """Pictures of each format, with what their decoding has branches for."""
    import pillow_heif
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    deep = io.BytesIO()
    Image.fromarray(np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000).save(deep, "TIFF")
    heic = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(astronaut(16))).save(heic, quality=30)
    return {
        "plain.jpg": encoded("JPEG", quality=30),
        "progressive.jpg": encoded("JPEG", quality=30, progressive=True),
        "turned.jpg": encoded("JPEG", quality=30, exif=exif),
        "cmyk.jpg": encoded("JPEG", quality=30, mode="CMYK"),
        "plain.png": encoded("PNG", 8),
        "palette.png": encoded("PNG", 8, mode="P", transparency=3),
        "gray.png": encoded("PNG", 8, mode="LA"),
        "lossy.webp": encoded("WEBP", quality=30),
        "lossless.webp": encoded("WEBP", 8, lossless=True, exif=exif),
        "plain.gif": encoded("GIF", 8, mode="P"),
        "plain.bmp": encoded("BMP", 8),
        "palette.bmp": encoded("BMP", 8, mode="P"),
        "plain.tiff": encoded("TIFF", 8),
        "packed.tiff": encoded("TIFF", 8, compression="tiff_lzw"),
        "deep.tiff": deep.getvalue(),
        "plain.ppm": encoded("PPM", 8),
        "words.pgm": b"P2 2 2 255\n0 64\n128 255\n",
        "deep.pgm": b"P5 2 2 65535\n" + bytes(range(8)),
        "plain.avif": encoded("AVIF", quality=30),
        "plain.jp2": encoded("JPEG2000", 8),
        "plain.heic": heic.getvalue(),
    }


def zip_seeds() -> Seeds:
    """Data sets of two or three tiny pictures."""
    png, jpeg = encoded("PNG", 4, mode="L"), encoded("JPEG", 4, mode="L", quality=20)
    pictures = {"train/happy/a.png": png, "train/sad/b.jpg": jpeg, "test/sad/c.png": png}
    own = {
        "awake/a.png": png,
        "asleep/b.png": png,
        "classes.toml": b'[asleep]\nemoji = "zZ"\n[awake]\n',
    }
    return {
        "kaggle.zip": _zip(pictures, zipfile.ZIP_DEFLATED),
        "own.zip": _zip(own, zipfile.ZIP_STORED),
        "bzip2.zip": _zip({"happy/a.png": png}, zipfile.ZIP_BZIP2),
        "lzma.zip": _zip({"happy/a.png": png}, zipfile.ZIP_LZMA),
        "odd.zip": _zip({"happy\\a.png": png, "sad/readme.md": b"x"}, zipfile.ZIP_DEFLATED),
        "empty.zip": _zip({}, zipfile.ZIP_STORED),
    }


def _zip(files: Mapping[str, bytes], how: int) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", how) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, how)
    return content.getvalue()


def csv_seeds() -> Seeds:
    """One or two rows in the layouts of fer2013.csv and icml_face_data.csv."""
    pixels = " ".join(["7"] * 2304)
    return {
        "fer2013.csv": f"emotion,pixels,Usage\n3,{pixels},Training\n".encode(),
        "icml.csv": f"emotion, Usage, pixels\n0,PublicTest,{pixels}\n".encode(),
        "rows.csv": f"\ufeffrow;emotion;pixels\r\n5;6;{pixels}\r\n9;1;0 1\r\n".encode(),
        "quoted.csv": b'emotion,pixels,Usage\n"3","0 1 2",PrivateTest\n\n',
    }


def parquet_seeds() -> Seeds:
    """Rows as the Hugging Face Hub holds them, and plainer ones."""
    import pyarrow as arrow

    png = encoded("PNG", 4, mode="L")
    image = [{"bytes": png, "path": "train/a.png"}] * 2
    features = {"info": {"features": {"label": {"names": ["awake", "asleep"]}}}}
    hub = arrow.table({"image": image, "label": [0, 1]}).replace_schema_metadata(
        {"huggingface": json.dumps(features)}
    )
    return {
        "hub.parquet": _parquet(hub),
        "plain.parquet": _parquet(
            arrow.table({"image": [png, b""], "label": [3, None], "usage": ["Training", "x"]})
        ),
        "words.parquet": _parquet(arrow.table({"image": [png] * 2, "emotion": ["cat", "dog"]})),
    }


def _parquet(table: object) -> bytes:
    import pyarrow.parquet as parquet

    file = io.BytesIO()
    parquet.write_table(table, file, compression="none", write_statistics=False)
    return file.getvalue()


def tar_seeds() -> Seeds:
    """Tar files of tiny pictures, of each of Python's forms, and one with a hole of 5 GB."""
    forms = {"ustar.tar": tarfile.USTAR_FORMAT, "gnu.tar": tarfile.GNU_FORMAT,
             "pax.tar": tarfile.PAX_FORMAT}  # fmt: skip
    pictures = {"a.png": encoded("PNG", 4, mode="L"), "b/ä.jpg": b"x", "b/c.txt": b"text"}
    seeds = {name: _tar(pictures, form) for name, form in forms.items()}
    return seeds | {"sparse.tar": _sparse_tar(5 * 10**9)}


def _tar(files: Mapping[str, bytes], form: int) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    # Without most of the zeros that fill a tape's block.
    data = content.getvalue().rstrip(b"\0")
    return data + bytes(-len(data) % 512 + 1024)


def _sparse_tar(size: int) -> bytes:
    """A member in GNU's old form of sparse files, which is all hole."""
    header = bytearray(tarfile.TarInfo("a.jpg").tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[386:398] = header[483:495] = tarfile.itn(size, 12, tarfile.GNU_FORMAT)
    header[398:410] = tarfile.itn(0, 12, tarfile.GNU_FORMAT)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + bytes(1024)


def list_seeds() -> Seeds:
    """Lists of paths and URLs."""
    return {
        "plain.txt": b"a.jpg\nb/c.png\n\n/d.jpg\n",
        "urls.txt": b"\xef\xbb\xbfs3://bucket/a.jpg\r\nhttp://host/b%20c.png\r\n",
        "long.txt": b"x" * 8192 + b"\n",
    }


def config_seeds() -> Seeds:
    """Settings of each kind of value."""
    return {
        "short.toml": b'mode = "FER-train"\ndata = "faces.zip"\n[train]\nepochs = 3\n',
        "search.toml": b"[tune.space]\ndropout = {low = 0, high = 0.4}\nbatch_size = [32, 64]\n",
        "clips.toml": b'[detect]\nsources = ["a.mp4"]\nstart = 1.5\nend = "0:03"\nfps = 5\n',
        "serve.toml": b'[serve]\nport = 0\nnames = ["faces.example.org"]\ntoken = "%s"\n'
        % (b"x" * 16),
        "digits.toml": b"[train]\nepochs = " + b"9" * 4301,
        "deep.toml": b"data = " + b"[" * 1500,
        "renamed.toml": b'[train]\nstart = "runs/a"\nbalance = 0.5\n',
    }


def classes_seeds() -> Seeds:
    """Classes with and without emoji and colours."""
    return {
        "plain.toml": b"[awake]\n[asleep]\n",
        "full.toml": '[awake]\nemoji = "🙂"\ncolour = "#33aa55"\n["fast asleep"]\nemoji = "zZ"\n'
        '["müde"]\n'.encode(),
        "one.toml": b"[awake]\n",
    }


def audit_seeds() -> Seeds:
    """Lists of faces as mien and people write them."""
    return {
        "audit.csv": b"name,label,reason\ntrain/happy/Training_0.png,happy,near_duplicate\n"
        b"train/sad/Training_1.png,sad,suspicious\n",
        "old.csv": b"name;reason\ntrain/fear/Training_0.png;near_twin\n",
        "own.csv": b"\xef\xbb\xbfFile\r\ntrain/happy/Training_1.png\r\n\r\n",
        "wrong.csv": b'name,label\n"train/happy/Training_0.png",sad\nTraining_0.png,\n',
    }


def model_info_seeds() -> Seeds:
    """A tiny network's info, and a shipped one's, which has all parts, shortened."""
    from mien.models import read_info

    shipped = json.loads(read_info("mien-s").to_json())
    shipped |= {"data": {}, "recipe": {}, "robustness": None, "scores": {"public": {}}}
    if shipped["label_answer"]:
        shipped["label_answer"] |= {"scores": {"public": {}}, "robustness": None}
    tiny = json.loads(TINY["make_info"]("tiny").to_json())
    old = {name: value for name, value in tiny.items() if name not in ("version", "classes")}
    return {
        "tiny.json": _compact(tiny),
        "shipped.json": _compact(shipped),
        "half.json": _compact(tiny).replace(b'"tiny"', b'"\\ud800"'),
        "digits.json": _compact(shipped | {"size": 10**400}),
        "old.json": _compact({name: value for name, value in old.items() if name != "input"}),
    }


def _compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def onnx_seeds() -> Seeds:
    """A graph of three nodes that reads FER-2013's crops, with two outputs, and one with a loop."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    def info(name, shape, kind=TensorProto.FLOAT):
        return helper.make_tensor_value_info(name, kind, shape)

    def model(nodes, inputs, outputs, weights):
        graph = helper.make_graph(nodes, "g", inputs, outputs, weights)
        opset = [helper.make_opsetid("", 17)]
        return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()

    node = helper.make_node
    reading = model(
        [
            node("Cast", ["faces"], ["real"], to=TensorProto.FLOAT),
            node("GlobalAveragePool", ["real"], ["mean"]),
            node("Flatten", ["mean"], ["flat"]),
            node("MatMul", ["flat", "w"], ["logits"]),
            node("ReduceMean", ["real"], ["cam"], axes=[1], keepdims=0),
        ],
        [info("faces", ["batch", 1, 48, 48], TensorProto.UINT8)],
        [info("logits", ["batch", 7]), info("cam", ["batch", 48, 48])],
        [numpy_helper.from_array(np.ones((1, 7), np.float32), "w")],
    )
    inner = helper.make_graph([], "then", [], [info("x", [1])], [])
    outer = numpy_helper.from_array(np.zeros(1, np.float32), "w")
    outer.data_location = TensorProto.EXTERNAL
    outer.external_data.add(key="location", value="w.bin")
    branching = model(
        [node("If", ["c"], ["x"], then_branch=inner, else_branch=inner)],
        [info("c", [1], TensorProto.BOOL)],
        [info("x", [1])],
        [outer],
    )
    onnx.checker.check_model(onnx.load_from_string(reading))
    return {"reading.onnx": reading, "branching.onnx": branching}


def video_seeds() -> Seeds:
    """Clips of a few tiny frames in several containers and codecs."""
    kinds = {
        "h264.mp4": ("mp4", "libx264", "yuv420p"),
        "mpeg4.avi": ("avi", "mpeg4", "yuv420p"),
        "mjpeg.mov": ("mov", "mjpeg", "yuvj420p"),
        "vp8.webm": ("webm", "libvpx", "yuv420p"),
        "plain.gif": ("gif", "gif", "rgb8"),
        "raw.y4m": ("yuv4mpegpipe", "wrapped_avframe", "gray"),
    }
    return {name: _clip(*kind) for name, kind in kinds.items()}


def _clip(container: str, codec: str, pixels: str) -> bytes:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=container) as clip:
        stream = clip.add_stream(codec, rate=5)
        stream.width = stream.height = 16
        stream.pix_fmt = pixels
        for number in range(3):
            image = np.roll(astronaut(16), number, axis=1)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            clip.mux(stream.encode(frame.reformat(format=pixels)))
        clip.mux(stream.encode())
    return file.getvalue()


def stream_seeds() -> Seeds:
    """Frames with and without a face, and each command."""
    small, face = encoded("JPEG", 16, quality=30), encoded("JPEG", 48, quality=30)
    own = {
        "network": "mien-s-int8",
        "sha256": "0" * 64,
        "classes": ["a", "b"],
        "log_probabilities": [-0.7, -0.7],
        "photos": 1,
    }
    learn = b't{"type": "learn_neutral", "face_id": 0, "seconds": 0.1}'
    return {
        "frames": _messages(_frame(0.0, small), _frame(0.1, b"x"), _frame(0.05, small)),
        "face": _messages(_frame(0.0, face)),
        "learn": _messages(_frame(0.0, face), learn, _frame(1.0, face)),
        "settings": _messages(
            b't{"type": "settings", "smooth": 0.3, "min_confidence": 0.4, "net": "lobonet"}',
            b't{"type": "reset"}',
            _frame(0.0, small),
        ),
        "neutral": _messages(
            b"t" + _compact({"type": "set_neutral", "face_id": 0, "neutral": own}),
            b't{"type": "set_neutral", "face_id": 0, "neutral": null}',
            b"t[1]",
        ),
    }


def _frame(time: float, data: bytes) -> bytes:
    return b"b" + struct.pack(">d", time) + data


def _messages(*messages: bytes) -> bytes:
    return b"\n==\n".join(messages)


def event_seeds() -> Seeds:
    """Lists of stimuli, with ends, durations and clips."""
    return {
        "plain.csv": b"time,label\n1.5,smile\n0:03,frown\n",
        "ends.csv": b"onset;end;label\n0,5;2;smile\n3;4,5;exclude\n",
        "clips.csv": b'source\ttime\tduration\tlabel\nclip.mp4\t1:02:03.5\t2\t"a ""b"""\n',
    }


def neutral_seeds() -> Seeds:
    """A neutral face of one photo, and one of several."""
    from mien.models import read_info
    from mien.perception.neutral import Neutral

    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(7), 3).astype(np.float32)
    info = read_info("mien-s")
    return {
        "one.json": Neutral.of(info, probabilities[:1]).model_dump_json().encode(),
        "several.json": Neutral.of(info, probabilities).model_dump_json(indent=2).encode(),
    }


SEEDS: dict[str, Callable[[], Seeds]] = {
    "audit_csv": audit_seeds,
    "batch_list": list_seeds,
    "batch_parquet": parquet_seeds,
    "batch_tar": tar_seeds,
    "classes_file": classes_seeds,
    "config": config_seeds,
    "events": event_seeds,
    "fer2013_csv": csv_seeds,
    "model_info": model_info_seeds,
    "network": onnx_seeds,
    "neutral": neutral_seeds,
    "onnx_graph": onnx_seeds,
    "parquet": parquet_seeds,
    "picture": picture_seeds,
    "stream": stream_seeds,
    "video": video_seeds,
    "zip_file": zip_seeds,
}


def main(chosen: list[str]) -> None:
    """Write the seeds of the borders named, or of all."""
    for border, make in SEEDS.items():
        if chosen and border not in chosen:
            continue
        folder = HERE / "corpus" / border
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in make().items():
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1:])
