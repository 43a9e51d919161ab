import io

import numpy as np
import pytest
from PIL import Image

from mien.drawing.sheet_files import check_sheet_path, sheet_names, to_png, write_sheets
from mien.errors import OutputError, SettingsError
from mien.image import load

SHEET = np.zeros((4, 4, 3), np.uint8)


def test_a_png_says_that_it_is_a_sheet():
    image = Image.open(io.BytesIO(to_png(SHEET)))
    assert (image.format, image.mode) == ("PNG", "RGB")
    assert image.text == {"Software": "mien contact sheet"}


def test_further_sheets_do_not_replace_other_files(tmp_path):
    Image.fromarray(SHEET).save(tmp_path / "s-2.png")
    (tmp_path / "s-3.png").write_bytes(to_png(SHEET))
    names = sheet_names(tmp_path / "s.png")
    assert [next(names).name for _ in range(3)] == ["s.png", "s-3.png", "s-4.png"]
    written = list(write_sheets([SHEET + level for level in (1, 2)], tmp_path / "s.png"))
    assert [path.name for path in written] == ["s.png", "s-3.png"]
    assert [int(load(path)[0, 0, 0]) for path in written] == [1, 2]


def test_a_path_is_checked_before_anything_is_read(tmp_path):
    with pytest.raises(SettingsError, match=r"Expected a PNG file .* Name it s\.png") as caught:
        check_sheet_path(tmp_path / "s.jpg", "sheet")
    assert caught.value.setting == "sheet"
    Image.fromarray(SHEET).save(tmp_path / "photo.png")
    with pytest.raises(OutputError, match="is not a contact sheet of mien's"):
        check_sheet_path(tmp_path / "photo.png")
    with pytest.raises(OutputError, match="Cannot make the folder"):
        check_sheet_path(tmp_path / "photo.png" / "s.png")
    check_sheet_path(tmp_path / "new" / "s.png")
    assert not (tmp_path / "new").exists()
    (tmp_path / "s.png").write_bytes(to_png(SHEET))
    check_sheet_path(tmp_path / "s.png")
