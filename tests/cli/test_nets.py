import pytest
from typer.testing import CliRunner

from mien import errors
from mien.cli import app
from mien.models import DEFAULT

WIDE = {"COLUMNS": "200"}


def test_nets_lists_what_is_shipped_and_what_can_be_trained() -> None:
    result = CliRunner().invoke(app, ["nets"], env=WIDE)
    assert result.exit_code == 0
    assert f"│ {DEFAULT} " in result.output
    # plain's parameters and multiply-adds, as tests/nets computes them by hand
    assert "1,199,495" in result.output
    assert "12,460,928" in result.output


def test_nets_says_what_to_install_for_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(module: str, extra: str) -> None:
        raise errors.MissingExtraError("No torch.", f"pip install 'mien[{extra}]'.")

    monkeypatch.setattr(errors, "require", missing)
    result = CliRunner().invoke(app, ["nets"], env=WIDE)
    assert result.exit_code == 0
    assert "pip install 'mien[train]'." in result.output
