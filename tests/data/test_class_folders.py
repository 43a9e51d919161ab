"""Reading trees of class folders, on disk and in zips."""

import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mien.data import read, records
from mien.errors import DataError
from mien.settings import LimitSettings

Encode = Callable[..., bytes]
MakeZip = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path, encode: Encode) -> Path:
    for number, name in enumerate(["train/happy/a.png", "train/sad/b.png", "test/sad/c.png"]):
        file = tmp_path / "faces" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(encode(10 * number))
    return tmp_path / "faces"


def test_folder_reads_as_its_zip_does(tree: Path, tmp_path: Path) -> None:
    packed = tmp_path / "faces.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in tree.rglob("*.png"):
            archive.write(file, file.relative_to(tree))
    one, other = read(tree), read(packed)
    assert one.names.tolist() == ["test/sad/c.png", "train/happy/a.png", "train/sad/b.png"]
    assert one.names.tolist() == other.names.tolist()
    assert one.splits.tolist() == other.splits.tolist() == ["test", "train", "train"]
    assert (one.images == other.images).all()
    assert one.sha256 != other.sha256


def test_content_decides_the_hash(tree: Path, encode: Encode) -> None:
    before = read(tree).sha256
    (tree / "README.md").write_text("notes")
    os.utime(tree / "train/happy/a.png")
    assert read(tree).sha256 == before
    (tree / "train/happy/a.png").write_bytes(encode(99))
    after = read(tree)
    assert after.sha256 != before
    assert after.images[1, 0, 0] == 99
    (tree / "train/happy/a.png").rename(tree / "train/sad/a.png")
    assert read(tree).labels.tolist() == [4, 4, 4]


def test_links_are_followed_and_loops_end(tree: Path, tmp_path: Path) -> None:
    (tree / "train/happy/loop").symlink_to(tree)
    elsewhere = tmp_path / "elsewhere"
    (tree / "train/sad").rename(elsewhere)
    (tree / "train/sad").symlink_to(elsewhere)
    assert read(tree).names.tolist() == ["test/sad/c.png", "train/happy/a.png", "train/sad/b.png"]


@pytest.mark.parametrize("kind", ["pipe", "broken link"])
def test_what_is_no_file_is_a_bad_picture(tree: Path, kind: str) -> None:
    bad = tree / "train/happy/0.png"
    if kind == "pipe":
        os.mkfifo(bad)
    else:
        bad.symlink_to("nowhere")
    with pytest.raises(DataError, match="train/happy/0.png is not a regular file"):
        read(tree)
    assert len(read(tree, skip_bad=True)) == 3


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tree: Path) -> None:
    (tree / "train/happy/a.png").chmod(0)
    with pytest.raises(DataError, match="train/happy/a.png cannot be read: Permission denied"):
        read(tree)
    (tree / "train/happy").chmod(0)
    try:
        with pytest.raises(DataError, match="Cannot list the folder .*train/happy"):
            read(tree)
    finally:
        (tree / "train/happy").chmod(0o700)


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"Expected labelled pictures in {tmp_path}, found none"):
        read(tmp_path)


def test_missing_path(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Expected a data set at .*/no.zip, found nothing there"):
        read(tmp_path / "no.zip")


def test_unknown_kind_of_file(tmp_path: Path) -> None:
    (tmp_path / "faces.rar").write_bytes(b"Rar!")
    with pytest.raises(DataError, match=r"but a \.rar file is not one.*zip.*CSV.*Parquet"):
        read(tmp_path / "faces.rar")


def test_kaggle_layout(make_zip: MakeZip, encode: Encode) -> None:
    path = make_zip(
        {
            "train/happy/Training_1.jpg": encode(30),
            "train/angry/Training_0.jpg": encode(10),
            "test/sad/PublicTest_2.jpg": encode(50),
            "test/sad/PrivateTest_3.jpg": encode(70),
            "test/sad/4.jpg": encode(90),
        }
    )
    samples = read(path)
    # In the order of the names, as an unpacked folder is.
    assert samples.names.tolist() == [
        "test/sad/4.jpg",
        "test/sad/PrivateTest_3.jpg",
        "test/sad/PublicTest_2.jpg",
        "train/angry/Training_0.jpg",
        "train/happy/Training_1.jpg",
    ]
    assert samples.splits.tolist() == ["test", "private", "public", "train", "train"]
    assert samples.labels.tolist() == [4, 4, 4, 0, 3]
    assert samples.images[:, 5, 5].tolist() == [90, 70, 50, 10, 30]


def test_wrapper_and_what_lies_beside(make_zip: MakeZip, encode: Encode) -> None:
    path = make_zip(
        {
            "fer2013/train/Anger/1.PNG": encode(1),
            "fer2013/README": b"read me",
            "fer2013/labels.csv": b"a,b",
            "fer2013/.DS_Store": b"x",
            "fer2013/train/anger/Thumbs.db": b"x",
            "fer2013/train/.hidden/2.png": encode(2),
            "__MACOSX/fer2013/train/anger/._1.png": b"x",
        }
    )
    samples = read(path)
    assert samples.names.tolist() == ["fer2013/train/Anger/1.PNG"]
    assert samples.labels.tolist() == [0]
    assert samples.splits.tolist() == ["train"]


def test_backslashes_of_windows(make_zip: MakeZip, encode: Encode) -> None:
    samples = read(make_zip({"train\\fear\\1.png": encode(1)}))
    assert samples.names.tolist() == ["train/fear/1.png"]
    assert samples.labels.tolist() == [2]


def test_zip_by_another_suffix(make_zip: MakeZip, encode: Encode) -> None:
    assert len(read(make_zip({"sad/1.png": encode(1)}, "archive.download"))) == 1


@pytest.mark.parametrize(
    "name", ["../happy/1.png", "happy/../../1.png", "/happy/1.png", "C:\\happy\\1.png", "..\\1.png"]
)
@pytest.mark.parametrize("skip_bad", [False, True])
def test_names_outside_of_the_zip(
    make_zip: MakeZip, encode: Encode, name: str, skip_bad: bool
) -> None:
    path = make_zip({"happy/0.png": encode(0), name: encode(1)})
    with pytest.raises(DataError, match="lies outside of the zip") as caught:
        read(path, skip_bad=skip_bad)
    assert repr(name) in str(caught.value)


def test_bomb(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("happy/1.png", bytes(5_000_000))
    with pytest.raises(DataError, match=r"unpacks from [\d,]+ to 5,000,000 bytes, over 100 times"):
        read(path, skip_bad=True)


def test_growth_at_the_limit_is_read_and_more_is_not(tmp_path: Path, encode: Encode) -> None:
    path, picture = tmp_path / "faces.zip", encode(1) + bytes(2000)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("happy/1.png", picture)
    growth = len(picture) / path.stat().st_size
    assert growth > 1
    with pytest.raises(DataError, match="or raise the limit") as caught:
        read(path, limits=LimitSettings(max_zip_growth=growth - 0.01))
    assert caught.value.setting == "max_zip_growth"
    assert len(read(path, limits=LimitSettings(max_zip_growth=growth))) == 1


def test_as_many_entries_as_the_limit_are_read_and_one_more_is_not(
    make_zip: MakeZip, encode: Encode
) -> None:
    path = make_zip({f"happy/{number}.png": encode(number) for number in range(3)})
    with pytest.raises(DataError, match="holds 3 files and folders, over the limit of 2") as caught:
        read(path, limits=LimitSettings(max_zip_entries=2))
    assert caught.value.setting == "max_zip_entries"
    with pytest.raises(DataError, match="over the limit of 2"):
        records(path, limits=LimitSettings(max_zip_entries=2))
    assert len(read(path, limits=LimitSettings(max_zip_entries=3))) == 3


def test_member_that_states_too_small_a_size(make_zip: MakeZip) -> None:
    path = make_zip({"happy/1.png": bytes(2000)})
    path.write_bytes(path.read_bytes().replace(struct.pack("<L", 2000), struct.pack("<L", 20)))
    with pytest.raises(DataError, match="happy/1.png cannot be unpacked: Bad CRC-32"):
        read(path)


def test_member_too_large(
    make_zip: MakeZip, encode: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mien.data.class_folders.LIMIT_BYTES", 1000)
    path = make_zip({"happy/1.png": encode(1), "happy/2.png": bytes(1001)})
    with pytest.raises(DataError, match="happy/2.png takes 1,001 bytes, over 1,000"):
        read(path)
    assert len(read(path, skip_bad=True)) == 1


def test_a_member_without_a_name(make_zip: MakeZip, encode: Encode) -> None:
    path = make_zip({"happy/1.png": encode(1), "sad/2.png": encode(2)})
    # A name ends at a zero.
    path.write_bytes(path.read_bytes().replace(b"happy/1.png", b"\0appy/1.png"))
    with pytest.raises(DataError, match="holds a file without a name"):
        read(path)


def test_a_name_that_is_not_utf8_in_one_place(make_zip: MakeZip, encode: Encode) -> None:
    path = make_zip({"happy/ä.png": encode(1), "sad/b.png": encode(2)})
    # The local header comes first.
    path.write_bytes(path.read_bytes().replace("ä".encode(), b"\xeb(", 1))
    with pytest.raises(DataError, match="happy/ä.png cannot be unpacked: .* codec"):
        read(path)
    assert len(read(path, skip_bad=True)) == 1


def test_encrypted(make_zip: MakeZip, encode: Encode) -> None:
    path = make_zip({"happy/1.png": encode(1)})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(DataError, match="is encrypted"):
        read(path)


@pytest.mark.parametrize("content", [b"", b"<html>log in</html>", b"PK\x03\x04 and no more"])
def test_no_zip(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "fer2013.zip"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"Expected a zip in {path}"):
        read(path)


def test_half_a_download(make_zip: MakeZip, encode: Encode) -> None:
    path = make_zip({f"happy/{number}.png": encode(number) for number in range(20)})
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(DataError, match="Download it again"):
        read(path)


def test_the_same_name_twice(make_zip: MakeZip, encode: Encode) -> None:
    path = make_zip({"happy/1.png": encode(1), "happy\\1.png": encode(2)})
    with pytest.raises(DataError, match="holds happy/1.png twice"):
        read(path)


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"train/contempt/1.png": b""}, "Expected 2 to 100 classes, got 1: contempt"),
        ({f"{number}/1.png": b"" for number in range(101)}, "Expected 2 to 100 classes, got 101"),
        ({"1.png": b""}, "has pictures that are not in a class folder"),
        ({"sad/0.png": b"", "1.png": b""}, "has pictures that are not in a class folder"),
        ({"train/1.png": b""}, "found pictures in 'train'"),
        ({"awake/1.png": b"", "Awake/2.png": b""}, "'Awake' and 'awake' .* differ only in case"),
        ({"neutral/1.png": b"", "supprise/1.png": b""}, "did you mean 'surprise'"),
        ({"sad/1.png": b"", "nuetral/1.png": b""}, "'nuetral' .* did you mean 'neutral'"),
        ({"sad/1.png": b"", "happines/1.png": b""}, "'happines' .* did you mean 'happy'"),
        ({"awake/1.png": b"", "tired/deep/1.png": b""}, "in 'awake', 'tired/deep'"),
        ({"awake/ann/1.png": b"", "tired/ann/1.png": b""}, "in 'awake/ann', 'tired/ann'"),
        ({"train/awake/1.png": b"", "tired/1.png": b""}, "next to each other"),
        ({"fer2013.csv": b"emotion,pixels"}, "found none"),
        ({}, "found none"),
    ],
)
def test_layouts_that_are_unknown(
    make_zip: MakeZip, members: dict[str, bytes], problem: str
) -> None:
    for skip_bad in (False, True):
        with pytest.raises(DataError, match=problem) as caught:
            read(make_zip(members), skip_bad=skip_bad)
        assert "faces.zip" in str(caught.value)


def test_bad_members(make_zip: MakeZip, encode: Encode) -> None:
    noise = encode(np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8), "JPEG")
    path = make_zip(
        {
            "fear/1.png": encode(1),
            "fear/2.jpg": noise[: len(noise) // 2],
            "fear/3.jpg": b"no picture",
            "fear/4.exe": b"MZ",
            "fear/5.png": encode(5),
        }
    )
    with pytest.raises(DataError, match=r"faces.zip, fear/2.jpg is cut off or (broken|corrupted)"):
        read(path)
    samples = read(path, skip_bad=True)
    assert samples.names.tolist() == ["fear/1.png", "fear/5.png"]
    assert [sentence.split(", ", 1)[1][:10] for sentence in samples.skipped] == [
        "fear/2.jpg", "fear/3.jpg", "fear/4.exe",
    ]  # fmt: skip
    assert all(sentence.startswith(f"In {path}, ") for sentence in samples.skipped)
    assert all(sentence.endswith(".") for sentence in samples.skipped)
    assert [record.name for record in records(path, skip_bad=True)] == samples.names.tolist()
    with pytest.raises(DataError, match="fear/2.jpg"):
        list(records(path))


def test_broken_checksum(make_zip: MakeZip, encode: Encode) -> None:
    path = make_zip({"fear/1.bmp": encode(1, "BMP"), "fear/2.bmp": encode(2, "BMP")})
    path.write_bytes(path.read_bytes().replace(bytes([2] * 99), bytes([3] * 99), 1))
    with pytest.raises(DataError, match="fear/2.bmp cannot be unpacked: Bad CRC-32"):
        read(path)
    assert read(path, skip_bad=True).names.tolist() == ["fear/1.bmp"]


@pytest.mark.data
def test_real_counts(data_folder: Path) -> None:
    samples = read(data_folder / "fer2013.zip")
    assert samples.split("train").counts() == {
        "angry": 3995, "disgust": 436, "fear": 4097, "happy": 7215, "sad": 4830,
        "surprise": 3171, "neutral": 4965,
    }  # fmt: skip
    assert samples.split("public").counts() == {
        "angry": 467, "disgust": 56, "fear": 496, "happy": 895, "sad": 653,
        "surprise": 415, "neutral": 607,
    }  # fmt: skip
    assert samples.split("test").counts() == samples.split("public").counts()


@pytest.mark.data
@pytest.mark.parametrize(("name", "faces", "shape"), [
    ("jaffe.zip", 213, (256, 256)), ("yalefaces.zip", 125, (243, 320)),
])  # fmt: skip
def test_other_real_data(data_folder: Path, name: str, faces: int, shape: tuple[int, int]) -> None:
    samples = read(data_folder / name)
    assert len(samples) == faces
    assert set(samples.splits.tolist()) == {"all"}
    first = next(iter(records(data_folder / name)))
    assert first.gray().shape == shape
    assert first.picture().shape == (*shape, 3)
