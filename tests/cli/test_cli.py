import itertools
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import mien
from mien.cli import COMMANDS, app, run_program
from mien.cli.options import with_flags
from mien.errors import InterruptionError
from mien.settings import TrainSettings


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "mien", *words], capture_output=True, text=True)


def test_help_names_every_command_and_imports_none() -> None:
    code = (
        "import sys\nfrom mien.cli import main\n"
        "try: main()\n"
        "finally: print([m for m in sys.modules if m in ('numpy', 'pydantic', 'cv2', 'torch')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True
    )
    for name, summary in COMMANDS.items():
        assert f"│ {name} " in done.stdout
        assert summary in done.stdout
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_s_help_begins_with_its_summary(name: str) -> None:
    result = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert COMMANDS[name] in result.output


def test_help_fills_the_lines_of_a_narrow_terminal() -> None:
    lines = CliRunner().invoke(app, ["export", "--help"], env={"COLUMNS": "80"}).output.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(" Two to five runs"))
    paragraph = lines[start : lines.index("".ljust(80), start)]
    words = " ".join(paragraph).split()
    assert words[-2:] == ["8", "bits."]
    for line, following in itertools.pairwise(paragraph):
        # No word that would still have fitted stands on the next line.
        assert len(line.rstrip()) + 1 + len(following.split()[0]) > 79


@pytest.mark.parametrize("name", COMMANDS)
def test_only_mien_itself_could_offer_completion(name: str) -> None:
    assert "completion" not in CliRunner().invoke(app, [name, "--help"]).output


def test_a_user_s_mistake_is_one_sentence_and_exit_code_2() -> None:
    done = run("evaluate", "nowhere.zip")
    assert done.returncode == 2
    assert done.stderr.startswith("mien: ")
    assert "nowhere.zip" in done.stderr
    assert "Traceback" not in done.stderr


# a mistake on the command line, what the message must hold
MISTAKES = [
    (["dettect"], "There is no command 'dettect'. Did you mean 'detect'?"),
    (["photograph"], "There is no command 'photograph'. Use one of detect, data, nets"),
    (["train", "--epochz", "3"], "There is no flag --epochz. Did you mean '--epochs'?"),
    (["train", "--hair"], "There is no flag --hair."),
    (["train", "--schedule", "cosine"], "'cosine' is not one of 'plateau', 'one-cycle'"),
    (["train", "--balance", "1"], "--balance is now --logit-adjustment."),
    (["train", "--votes", "x"], "--votes is now --ferplus."),
    (["tune", "--teacher-weight", "1"], "--teacher-weight is now --distill-weight."),
    (["evaluate", "x", "--mirror"], "--mirror is now --flip-tta."),
    (["evaluate", "x", "--sets", "0.9"], "--sets is now --coverage."),
    (["detect", "x", "--sets", "0.9"], "--sets is now --coverage."),
    (["export", "runs/x", "--choice", "y"], "--choice is now --selection-note."),
    (["train", "--mirror"], "There is no flag --mirror."),
]


@pytest.mark.parametrize(("words", "message"), MISTAKES)
def test_a_mistake_is_answered_with_what_was_meant(words: list[str], message: str) -> None:
    result = CliRunner().invoke(app, words, env={"COLUMNS": "300"})
    assert result.exit_code == 2
    assert message in result.output


def test_the_version_is_shown() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"mien {mien.__version__}\n")


@pytest.mark.parametrize("inside", [True, False])
def test_ctrl_c_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], inside: bool
) -> None:
    def interrupt(*words: object) -> int:
        raise KeyboardInterrupt

    if inside:
        monkeypatch.setattr(sys, "argv", ["mien", "nets"])
        monkeypatch.setattr("mien.cli.find_command", interrupt)
    with pytest.raises(SystemExit) as ended:
        run_program(app if inside else interrupt)
    assert ended.value.code == 130
    assert capsys.readouterr().err == "mien: Interrupted.\n"


def test_what_was_interrupted_says_how_to_continue(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt() -> int:
        raise InterruptionError("The training was interrupted.", "Continue it.")

    with pytest.raises(SystemExit) as ended:
        run_program(interrupt)
    assert ended.value.code == 130
    assert capsys.readouterr().err == "mien: The training was interrupted. Continue it.\n"


# more than a pipe holds, and less than a buffer does
@pytest.mark.parametrize("lines", [100_000, 1])
def test_a_closed_pipe_is_no_error(lines: int) -> None:
    code = (
        "from mien.cli import run_program\nimport sys\n"
        f"run_program(lambda: [sys.stdin.read(), print('a face\\n' * {lines})] and None)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin and process.stdout and process.stderr
    process.stdout.close()
    process.stdin.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 1


def test_flags_are_the_settings_own() -> None:
    seen = {}
    made = typer.Typer()

    @made.command()
    @with_flags(TrainSettings)
    def command(word: str, *, flags: dict[str, object]) -> None:
        seen.update(flags, word=word)

    words = ["a", "--epochs", "3", "--no-flip", "--schedule", "one-cycle", "--out", "b"]
    result = CliRunner().invoke(made, words)
    assert result.exit_code == 0, result.output
    given = {key: value for key, value in seen.items() if value is not None}
    assert given == {
        "word": "a",
        "epochs": 3,
        "flip": False,
        "schedule": "one-cycle",
        "out": Path("b"),
    }
    assert set(seen) == {*TrainSettings.model_fields, "word"}
