import itertools
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import mien
from mien.cli import COMMANDS, app, run_program
from mien.cli.commands import EXAMPLES, find_command
from mien.cli.options import with_flags
from mien.errors import InterruptionError, SettingsError
from mien.settings import DetectSettings, EvaluateSettings, Section, TrainSettings, TuneFlags

Command = Callable[..., tuple[int, str, str]]


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


@pytest.mark.parametrize("words", EXAMPLES)
def test_help_breaks_no_word_in_80_columns(words: str) -> None:
    text = CliRunner().invoke(app, [*words.split(), "--help"], env={"COLUMNS": "80"}).output
    assert "…" not in text
    assert f" Example: {EXAMPLES[words]}" in text
    choices = re.findall(r"<[a-z0-9_-]+\|[^>]*$", text, re.MULTILINE)
    assert choices == []


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
    ("dettect", "Unknown command 'dettect'. Did you mean 'detect'?"),
    ("photograph", "Unknown command 'photograph'. Use one of detect, batch, neutral, webcam"),
    ("eval x", "Unknown command 'eval'. Did you mean 'evaluate'?"),
    ("data descrbe x", "Unknown command 'data descrbe'. Did you mean 'describe'?"),
    ("data paint x", "Unknown command 'data paint'. Use one of describe, audit."),
    ("--versoin", "Unknown flag --versoin. Did you mean '--version'?"),
    ("train --epochz 3", "Unknown flag --epochz. Did you mean '--epochs'?"),
    ("detect --no-anotate", "Unknown flag --no-anotate. Did you mean '--no-annotate'?"),
    ("train --hair", "Unknown flag --hair. See `mien train --help`; an example is `mien train"),
    ("train --schedule cosine", "Flag --schedule is 'cosine': it should be 'plateau' or 'one-cyc"),
    ("train --colour grey", "is 'grey': it should be 'gray' or 'RGB'. Did you mean 'gray'?"),
    ("train --precision bf16", "Did you mean 'bfloat16'? See `mien train --help`.\n"),
    ("evaluate x --split trian", "Flag --split is 'trian': it should be 'train', 'validation'"),
    ("evaluate x --split trian", "Did you mean 'train'?"),
    ("study --ablate dropuot", "Did you mean 'dropout'?"),
    ("study --ablate dropuot", "'batch-size', 'layers' or 'all'. Did"),
    ("nets --fetch nosuch", "There is no network 'nosuch'. Use one of"),
    ("nets --fetch nosuch", "(Flag: --fetch.)"),
    ("train --epochs many", "Flag --epochs is 'many': it should be a valid integer. See"),
    ("train --flip=3", "Flag --flip takes no value. See `mien train --help`"),
    ("data audit x --folds", "Flag --folds needs a value. See `mien data audit --help`"),
    ("compare a b --seed -1", "Flag --seed is '-1': it should be greater than or equal to 0."),
    ("compare a.json", "The argument B is missing. See `mien compare --help`"),
    ("export runs/x", "The flag --name is missing. See `mien export --help`; an example is `mien"),
    ("nets a", "`mien nets` takes no argument 'a'. See `mien nets --help`"),
    ("train --balance 1", "--balance is now --logit-adjustment."),
    ("train --votes x", "--votes is now --ferplus."),
    ("tune --teacher-weight 1", "--teacher-weight is now --distill-weight."),
    ("evaluate x --mirror", "--mirror is now --flip-tta."),
    ("evaluate x --sets 0.9", "--sets is now --coverage."),
    ("detect x --sets 0.9", "--sets is now --coverage."),
    ("export runs/x --choice y", "--choice is now --selection-note."),
    ("train --mirror", "Unknown flag --mirror."),
    ("detect x --min-confidence 2", "'detect.min_confidence' is 2.0: it should be less than or"),
    ("detect x --net lobonte", "There is no network 'lobonte'. Did you mean 'lobonet'?"),
    ("detect", "No pictures were named."),
]


@pytest.mark.parametrize(("words", "message"), MISTAKES)
def test_a_mistake_is_answered_with_what_was_meant(
    command: Command, words: str, message: str
) -> None:
    code, out, err = command(*words.split())
    assert (code, out) == (2, "")
    assert err.startswith("mien: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("words", [[], ["data"]])
def test_a_command_alone_shows_its_help(command: Command, words: list[str]) -> None:
    code, out, err = command(*words)
    assert (code, err) == (2, "")
    assert "Usage: " in out


def test_a_call_that_goes_on_gets_the_error_itself() -> None:
    with pytest.raises(SettingsError, match="Unknown flag --hair"):
        app(["train", "--hair"], standalone_mode=False)
    assert app(["--version"], standalone_mode=False) == 0


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
        monkeypatch.setattr("mien.cli.program.find_command", interrupt)
    with pytest.raises(SystemExit) as ended:
        run_program(app if inside else interrupt)
    assert ended.value.code == 130
    assert capsys.readouterr().err == "mien: Interrupted.\n"


def test_ctrl_c_while_the_command_line_is_read_is_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*values: object, **named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["mien", "nets"])
    monkeypatch.setattr("mien.cli.program._Commands.make_context", interrupt)
    with pytest.raises(SystemExit) as ended:
        run_program(app)
    assert ended.value.code == 130
    assert capsys.readouterr().err == "mien: Interrupted.\n"


def test_what_was_interrupted_says_how_to_continue(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt() -> int:
        raise InterruptionError("The training was interrupted.", "Continue it.")

    with pytest.raises(SystemExit) as ended:
        run_program(interrupt)
    assert ended.value.code == 130
    assert capsys.readouterr().err == "mien: The training was interrupted. Continue it.\n"


def test_a_name_that_cannot_be_written_says_how_to_have_unicode(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def write() -> None:
        "data = 'a'\nout = '\udcc3.zip'".encode()

    with pytest.raises(SystemExit) as ended:
        run_program(write)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("mien: A name cannot be written in utf-8: \"out = '\\udcc3\".")
    assert said.endswith("Set the environment variable PYTHONUTF8 to 1, or LC_ALL to C.UTF-8.\n")


def test_output_without_unicode_shows_what_it_can() -> None:
    code = "from mien.cli import run_program; run_program(lambda: print('\U0001f600 happy – 1'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"? happy ? 1\n"


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


def test_a_closed_standard_output_is_a_sentence() -> None:
    command = ["sh", "-c", 'exec "$0" -m mien nets --no-speed >&-', sys.executable]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (process.returncode, process.stderr) == (
        2,
        "mien: Standard output is closed. Send it to a file, or to /dev/null to see nothing.\n",
    )


def test_ctrl_c_while_the_program_loads_is_a_sentence() -> None:
    code = (
        "import sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'typer':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from mien.cli import main\n"
        "main()\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (process.returncode, process.stderr) == (130, "mien: Interrupted.\n")


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


@pytest.mark.parametrize("words", EXAMPLES)
def test_a_help_ends_with_an_example_that_can_be_run(words: str) -> None:
    output = CliRunner().invoke(app, [*words.split(), "--help"], env={"COLUMNS": "200"}).output
    assert output.rstrip().endswith(f"Example: {EXAMPLES[words]}")
    assert parse(EXAMPLES[words]).startswith(words)


def parse(example: str) -> str:
    """Let the real parser take a command line, and return the command that would run."""
    mien, *given = shlex.split(example)
    command, names = find_command(given[0]), [given.pop(0)]
    if hasattr(command, "commands"):
        command, names = command.commands[given[0]], [*names, given.pop(0)]
    command.make_context(" ".join(names), given)
    assert mien == "mien"
    return " ".join(names)


def test_every_command_has_an_example() -> None:
    words = [*COMMANDS, *(f"data {name}" for name in find_command("data").commands)]
    assert sorted(EXAMPLES) == sorted(words)


def test_an_example_with_a_wrong_flag_is_noticed() -> None:
    with pytest.raises(typer.TyperException):
        parse("mien train --hair")


# a command, a part of its help
SHOWN = [
    ("compare", "--seed            <int range> [x>=0]  Seed of the bootstrap. (default: 0)"),
    ("train", "Maximum number of epochs. (default: 60)"),
    ("detect", "nothing stands beside a clip. (default: on)"),
    ("nets", "reads on this machine. (default: on)"),
    ("export", "NAME.onnx and NAME.json to. (default: .)"),
    ("compare", "Usage: mien compare [OPTIONS] {A} {B}"),
    ("train", "─ Augmentation ─"),
    ("tune", "─ Search ─"),
    ("evaluate", "─ Corrupted faces ─"),
    ("detect", "─ Files written ─"),
]


@pytest.mark.parametrize(("name", "part"), SHOWN)
def test_helps_have_one_style(
    command: Command, monkeypatch: pytest.MonkeyPatch, name: str, part: str
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    code, out, _ = command(name, "--help")
    assert code == 0
    assert " ".join(part.split()) in " ".join(out.split())
    assert "[default" not in out


@pytest.mark.parametrize("section", [TrainSettings, EvaluateSettings, DetectSettings, TuneFlags])
def test_headings_begin_with_fields_that_exist(section: type[Section]) -> None:
    assert set(section.HEADINGS) <= set(section.model_fields)
    assert len(section.HEADINGS) > 0
