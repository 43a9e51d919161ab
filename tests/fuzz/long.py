"""The long form of fuzzing: ``python tests/fuzz/long.py [--inputs N] [BORDER ...]``, `make fuzz`.

Runs the borders one after another in processes of their own until each has had N inputs, those of
earlier calls included, and keeps the counts, which are libFuzzer's, in
benchmarks/results/fuzzing.json. What libFuzzer found to be worth keeping, and the findings, are in
build/fuzz/BORDER. A finding is open until its input is taken as it should be. Exit code 1 if one
is.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "fuzzing.json"
WORK = ROOT / "build" / "fuzz"

INPUTS = 200_000
CHUNK = 25_000
"""Inputs of a process; the counts are kept after each."""

WALL_SECONDS = 120
"""After which libFuzzer ends a case. Less processor time is a finding before (border.py), so that
a busy machine makes none."""

MEGABYTES = 3000
"""Of a process, at which libFuzzer ends it."""

MOST_CRASHES = 20
"""Of a border in one call, after which the next one's turn comes."""

_NONE = {"inputs": 0, "seconds": 0.0, "findings": []}
"""What a border has before its first process."""

_RUNS = re.compile(r"^(?:#(\d+)\s|stat::number_of_executed_units:\s*(\d+))", re.MULTILINE)
_SUMMARY = re.compile(r"(?:SUMMARY: |ERROR: )(libFuzzer: .*)")


def main() -> int:
    """Run what is missing."""
    sys.path.insert(0, str(HERE))
    from borders import BORDERS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("borders", nargs="*", metavar="BORDER", help=", ".join(BORDERS))
    parser.add_argument("--inputs", type=int, default=INPUTS, help="for each border")
    asked = parser.parse_args()
    for name in asked.borders or BORDERS:
        _run_border(BORDERS[name].name, asked.inputs)
    results = _results()
    for name in BORDERS:
        results["borders"].setdefault(name, dict(_NONE))
        results["borders"][name]["open"] = _open(name)
    results["asked"] = INPUTS
    _write(results)
    return int(any(one["open"] for one in results["borders"].values()))


def _run_border(name: str, inputs: int) -> None:
    """Fuzz one border until it has had so many inputs."""
    crashes = 0
    while (left := inputs - _results()["borders"].get(name, {}).get("inputs", 0)) > 0:
        count, seconds, crash = _run_process(name, min(left, CHUNK))
        _add(name, count, seconds, _open(name))
        print(f"{name}: {count:,} inputs in {seconds:.0f} s, {left - count:,} left", flush=True)
        crashes += crash
        if crashes >= MOST_CRASHES or not count:
            print(f"{name}: given up for now; its process ended early {crashes} times", flush=True)
            break


def _run_process(name: str, runs: int) -> tuple[int, float, bool]:
    """Run a process for so many inputs; return how many it took, its seconds, and if it crashed."""
    folder, corpus = WORK / name / "findings", WORK / name / "corpus"
    folder.mkdir(parents=True, exist_ok=True)
    corpus.mkdir(exist_ok=True)
    command = [
        sys.executable, str(HERE / "guided.py"), name, str(folder), f"-runs={runs}",
        f"-timeout={WALL_SECONDS}", f"-rss_limit_mb={MEGABYTES}", "-print_final_stats=1",
        "-reload=0", "-len_control=10", f"-artifact_prefix={folder}/", str(corpus),
    ]  # fmt: skip
    start = time.monotonic()
    with (WORK / name / "log.txt").open("w+", errors="replace") as log:
        code = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, cwd=WORK).returncode
        seconds = time.monotonic() - start
        log.seek(0)
        text = log.read()
    counts = [int(one or other) for one, other in _RUNS.findall(text)]
    if code:
        _name_crash(folder, text, code)
    return max(counts, default=0), seconds, bool(code)


def _name_crash(folder: Path, log: str, code: int) -> None:
    """Write down what ended a process, beside the input that libFuzzer kept."""
    found = _SUMMARY.search(log)
    kind = found[1] if found else f"exit code {code}"
    inputs = sorted(folder.glob("*-*"), key=lambda path: path.stat().st_mtime)
    newest = inputs[-1].name if inputs else "crash"
    (folder / f"{newest}.txt").write_text(f"{kind} ({newest})\n\n{log[-8000:]}")


def _open(name: str) -> list[str]:
    """List the causes that were found and are not mended; files of those that are, are removed."""
    from borders import BORDERS
    from borders.border import attempt

    found = []
    for text in sorted((WORK / name / "findings").glob("*.txt")):
        data = text.with_suffix(".bin")
        # What ended a process might end this one, too.
        if data.exists() and attempt(BORDERS[name], data.read_bytes()) is None:
            text.unlink()
            data.unlink()
        else:
            found.append(text.read_text().partition("\n")[0])
    return found


def _results() -> dict:
    if not RESULTS.exists():
        return {"command": "make fuzz", "borders": {}}
    return json.loads(RESULTS.read_text())


def _add(name: str, count: int, seconds: float, still_open: list[str]) -> None:
    results = _results()
    old = results["borders"].get(name, _NONE)
    results["borders"][name] = {
        "inputs": old["inputs"] + count,
        "seconds": round(old["seconds"] + seconds, 1),
        "findings": sorted({*old["findings"], *still_open}),
        "open": still_open,
        "date": datetime.date.today().isoformat(),
    }
    _write(results)


def _write(results: dict) -> None:
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
