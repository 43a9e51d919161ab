"""The one progress display."""

import pytest

from mien.progress import progress


@pytest.mark.parametrize(("show", "shown"), [(True, True), (False, False), (None, False)])
def test_a_bar_goes_to_stderr_where_it_is_wanted(
    capsys: pytest.CaptureFixture[str], show: bool | None, shown: bool
) -> None:
    with progress("Counting sheep", show) as update:
        update(3, None)
        update(4, 5)
    out, err = capsys.readouterr()
    assert out == ""
    assert ("Counting sheep" in err and "4/5" in err) is shown


def test_a_long_name_leaves_room_for_the_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("neutral faces of clips/" + "n" * 250 + ".mp4", True, unit="frames") as update:
        update(4, 5)
    err = capsys.readouterr().err
    assert "..." + "n" * 33 + ".mp4" in err
    assert "n" * 34 not in err


def test_an_error_passes_through() -> None:
    with pytest.raises(ValueError, match="oh"), progress("Counting", True):
        raise ValueError("oh")
