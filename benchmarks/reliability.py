"""Writes docs/explanation/reliability.md from results/reliability.json and results/fuzzing.json.

Usage: python benchmarks/reliability.py

The JSON is written by the tests themselves, as they run (`make faults` and `make fuzz`).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from common import RESULTS

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "reliability.md"

WHAT = {
    "train": "`mien train`, then `--resume`",
    "detect": "`mien detect` over a folder, with tables and a contact sheet",
    "video": "`mien detect` of a clip, then `--resume`",
    "batch": "`mien batch`, local engine",
    "cache": "reading a data set into the cache",
    "export": "`mien export`",
    "tune": "`mien tune`",
}
"""The commands that are killed."""

COMPARED = {
    "train": "metrics of all epochs, weights (bytes), best epoch",
    "detect": "all files (bytes)",
    "video": "all files (bytes): table, annotated clip, summary, timeline",
    "batch": "all rows, the plan, the manifest",
    "cache": "all files (bytes)",
    "export": "the network and its information (bytes)",
    "tune": "values and accuracies of all trials, best settings",
}
"""What of a rerun is compared with an unbroken run."""

INTRODUCTION = """# Reliability

What happens to finished work when a process is killed, a disk is full or a file is damaged. The
tables are written by `python benchmarks/reliability.py` from `reliability.json` and `fuzzing.json`
in `benchmarks/results`, which `make faults` and `make fuzz` write as they run.
"""

KILLED = """
## Killed at random moments

Each command is ended with SIGKILL, which no program can catch. Its length is measured first; of N
kills, one falls at a random moment (with a fixed seed) into each Nth part of that length. A command
that ends before its kill is run again with a new moment. Commands run in forks of a process that
has imported everything, so the kills fall into their work rather than into its start-up.

After each kill, every file that has its final name is opened and read to its end. Then the command
is run again, or resumed, as a user would; its result must equal that of a run that nothing broke.
For `mien detect` and `mien export`, every second run starts on top of earlier results.
"""

LEFTOVERS = """
States are the different sets of files that had their final names at a kill, so they show how far
the kills are spread. Temporary files are hidden (`.mien-...`), and nothing reads them. Some may
stay after a rerun: they take space, and can be deleted when no run is using the folder. Those in
the cache are removed once they are a day old, and a resumed run of clips removes its own.
"""

BROKEN = """
## Broken surroundings

Disks, folders and users are broken for real: a small disk that is full, a folder that is mounted
read-only, a user without rights. A flipped bit is one bit of a file, at several places. Every
command must end in a sentence and the exit code of the table, never in a traceback; its last words
are given for one of the runs. Ctrl-C comes at ten random moments while a command works. Exit codes:
0 done, 1 some sources could not be read or nobody reads the output, 2 refused, 130 Ctrl-C.
"""

FUZZED = """
## Fuzzing

What others wrote is given to mien broken in every way that libFuzzer can think of: each input is a
mutation of a valid one, kept if it reaches code that none before it reached. Only errors of mien's
own, which are sentences, may leave; 10 seconds of a processor, or 1 GB more of memory, are findings
too. All findings listed here are mended, and each has a test.
"""

TAKEN = {
    "picture": "a picture",
    "video": "a clip",
    "stream": "messages over the server's WebSocket",
    "batch_list": "a list of pictures for `mien batch`",
    "batch_tar": "a tar file for `mien batch`",
    "batch_parquet": "a Parquet file for `mien batch`",
    "fer2013_csv": "a CSV file such as `fer2013.csv`",
    "zip_file": "a zip with a folder for each class",
    "parquet": "a Parquet file with faces",
    "audit_csv": "a CSV file of faces to leave out",
    "events": "a CSV file of events in clips",
    "config": "`config.toml`",
    "classes_file": "`classes.toml`",
    "neutral": "a person's neutral face",
    "network": "a network's ONNX file",
    "onnx_graph": "an ONNX file, as it is edited",
    "model_info": "a network's JSON file",
}
"""What is fuzzed."""

REPEAT = """
## How to repeat it

`make faults` runs the long form, which takes about 20 minutes on two cores, and writes this page
anew. `make fuzz` takes an hour and a half of one core; it goes on where it was interrupted.
`MIEN_FAULTS=10 .venv/bin/pytest tests/faults -k train` kills only trainings, 10 times each. The
tests that mount disks or change the user need the superuser, and are skipped otherwise. A short
form without torch belongs to `make test`; a longer one to `make test-long`.
"""


def _row(*cells: object) -> str:
    # The cell's own bars would end it.
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _short(said: str) -> str:
    """Return what a command said without the tests' temporary folders."""
    return re.sub(r"/tmp[/?]([\w.-]+/)*?(?=cache|inputs|test_)", "", said).strip() or "—"


def kill_lines(kills: dict[str, dict[str, Any]]) -> list[str]:
    """Return the table of kills, a row for each command."""
    lines = [
        _row(
            *("command", "kills", "states", "half files under a final name"),
            *("reruns with another result", "reruns that left temporary files", "compared"),
        ),
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for name, what in WHAT.items():
        if name in kills:
            one = kills[name]
            numbers = [one[key] for key in ("kills", "different_states", "half_files")]
            numbers += [one["other_results"], one["leftovers"]]
            lines.append(_row(what, *numbers, COMPARED[name]))
        else:
            lines.append(_row(what, "not run", *[""] * 5))
    return lines


def fault_lines(runs: dict[str, dict[str, Any]]) -> list[str]:
    """Return the table of broken surroundings, a row for each fault and command."""
    lines = [_row("fault", "command", "exit code", "what it says"), "|---|---|--:|---|"]
    ordered = sorted(runs.values(), key=lambda one: (one["fault"], one["command"]))
    for one in ordered:
        said = one["said"].removeprefix("mien: ").replace("`", "'") if one["exit_code"] else ""
        command = "detect CLIP" if one["command"] == "video" else one["command"]
        lines.append(_row(one["fault"], f"`mien {command}`", one["exit_code"], _short(said)))
    return lines


def fuzzing_lines(borders: dict[str, dict[str, Any]]) -> list[str]:
    """Return the table of fuzzing, a row for each kind of input."""
    lines = [_row("input", "how many", "found, and mended", "open"), "|---|--:|---|---|"]
    for name, what in TAKEN.items():
        one = borders.get(name, {"inputs": 0, "findings": [], "open": []})
        mended = [found for found in one["findings"] if found not in one["open"]]
        cells = ("; ".join(found) or "—" for found in (mended, one["open"]))
        lines.append(_row(what, f"{one['inputs']:,}", *cells))
    return lines


def page(results: dict[str, Any], borders: dict[str, dict[str, Any]]) -> str:
    """Return the page."""
    kills, faults = results.get("kills", {}), results.get("surroundings", {})
    landed = sum(one["kills"] for one in kills.values())
    lost = sum(one["half_files"] + one["other_results"] for one in kills.values())
    total = f"\n{landed:,} kills in all. Finished work lost or wrong: {lost or 'none'}.\n"
    return "\n".join(
        [
            *(INTRODUCTION, KILLED.strip("\n"), total, *kill_lines(kills)),
            *(LEFTOVERS, BROKEN.strip("\n"), "", *fault_lines(faults)),
            *(FUZZED, *fuzzing_lines(borders), REPEAT),
        ]
    )


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    results = json.loads((RESULTS / "reliability.json").read_text())
    borders = json.loads((RESULTS / "fuzzing.json").read_text())["borders"]
    PAGE.write_text(page(results, borders), encoding="utf-8")


if __name__ == "__main__":
    main()
