"""Shows what benchmarks/batch.py measured: a table for the console, and docs/guide/scale.md."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

GUIDE = Path(__file__).parents[1] / "docs" / "guide" / "scale.md"
START, END = "<!-- measured: benchmarks/batch.py, {} -->", "<!-- end of {} -->"

BILLION = 1_000_000_000
MACHINE_CORES = 16
"""Cores of the machines that the extrapolation counts in."""

SHARD = 1_000
"""Pictures of a shard, by default."""

_RUNNING = "milliseconds a picture, running"
_WHOLE = "milliseconds a picture"


def rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the table that is printed."""
    table = [("what", "ms a picture, running", "with start", "peak MB", "exact", "faces found")]
    for part in ("curve", "sources"):
        for engine, runs in results.get(part, {}).items():
            table += [(f"{engine}, {name}", *_cells(run)) for name, run in runs.items()]
    for kind, costs in results.get("stages", {}).items():
        for step, cost in costs["microseconds"].items():
            table.append((f"one thread, {kind}: {step}", f"{cost / 1000:.3f}", "", "", "", ""))
    return table + [(name, value, "", "", "", "") for name, value in goals(results)]


def _cells(run: dict[str, Any]) -> tuple[str, ...]:
    checked = run["check"]
    running = run.get(_RUNNING)
    return (
        "-" if running is None else f"{running:.2f}",
        f"{run[_WHOLE]:.2f}",
        f"{run.get('peak megabytes', 0):,.0f}",
        "yes" if checked["exact"] else "NO",
        f"{checked['found']:,} of {checked['faces']:,}, {checked['elsewhere']:,} elsewhere",
    )


def goals(results: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the curve says about the goals."""
    lines: list[tuple[str, str]] = []
    curve = results.get("curve", {})
    for engine, runs in curve.items():
        sizes = sorted(map(int, runs))
        if 1000 in sizes and sizes[-1] > 1000:
            few, many = runs["1000"], runs[str(sizes[-1])]
            for name, key in (("running", _RUNNING), ("with start", _WHOLE)):
                ratio = many[key] / few[key] - 1
                text = f"cost of one of {sizes[-1]:,} against one of 1,000, {name}"
                lines.append((f"{engine}: {text}", f"{ratio:+.1%}"))
            peaks = [one["peak megabytes"] for one in (few, many)]
            grown = f"{peaks[0]:,} -> {peaks[1]:,} MB ({peaks[1] / peaks[0] - 1:+.1%})"
            lines.append((f"{engine}: memory of 1,000 and of {sizes[-1]:,}", grown))
    for name, key in (("running", _RUNNING), ("with start", _WHOLE)):
        lines += [
            (f"Ray against local, {int(size):,}, {name}", f"{run[key] / local[key] - 1:+.1%}")
            for size, run in curve.get("ray", {}).items()
            if key in run and key in (local := curve["local"].get(size, {}))
        ]
    return lines


def write_guide(results: dict[str, Any]) -> None:
    """Put the numbers into the guide."""
    text = GUIDE.read_text(encoding="utf-8")
    for name, block in {"curve": _curve, "steps": _steps, "billion": _billion}.items():
        start, end = START.format(name), END.format(name)
        before, rest = text.split(start)
        try:
            measured = block(results)
        except KeyError as error:
            measured = f"Not measured yet: {error}."
        text = f"{before}{start}\n{measured}\n{end}{rest.split(end)[1]}"
    GUIDE.write_text(text, encoding="utf-8")


def _table(table: list[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in table]
    return "\n".join([lines[0], "|---" * len(table[0]) + "|", *lines[1:]])


def _curve(results: dict[str, Any]) -> str:
    machine, curve = results["machine"], results["curve"]
    head = (
        "pictures", "engine", "pictures/s", "ms a picture", "ms, without the start",
        "s to the first results", "peak MB", "exact", "faces in place",
    )  # fmt: skip
    table: list[tuple[str, ...]] = [head]
    for size in sorted({int(size) for runs in curve.values() for size in runs}):
        for engine, runs in curve.items():
            if (run := runs.get(str(size))) is not None:
                running, _, peak, exact, found = _cells(run)
                speed = f"{run['pictures'] / run['seconds']:,.1f}"
                first = f"{run['seconds to the first results']:.1f}"
                cost = f"{run[_WHOLE]:.2f}"
                table.append(
                    (f"{size:,}", engine, speed, cost, running, first, peak, exact, found)
                )
    words = (
        f"Measured {machine['date']} on {machine['cores']} cores of an {machine['processor']},"
        " shards of 100 scenes of 320x240, which `python benchmarks/scenes.py` makes. Memory is"
        " that of all processes together, Ray's own included. A run is exact if every scene is in"
        " exactly one part and exactly the broken ones, 1 of 1,000, have an error."
    )
    listed = [f"- {name}: {value}" for name, value in goals(results)]
    return "\n".join([_wrapped(words), "", _table(table), "", *listed])


def _steps(results: dict[str, Any]) -> str:
    stages = results["stages"]
    reading = stages["folder"]["microseconds"]
    steps = [step for step in reading if step not in ("list", "fetch")]
    table = [("step", "microseconds a picture")]
    for kind, costs in stages.items():
        table += [
            (f"{step}, {kind}", f"{costs['microseconds'][step]:,.0f}") for step in ("list", "fetch")
        ]
    table += [(step, f"{reading[step]:,.0f}") for step in steps]
    sources = [("source", "local: pictures/s", "Ray: pictures/s")]
    for kind in results["sources"]["local"]:
        speeds = (
            f"{run['pictures'] / (run['seconds'] - run['planning seconds']):,.0f}"
            for run in (results["sources"][engine][kind] for engine in ("local", "ray"))
        )
        sources.append((kind, *speeds))
    return f"{_table(table)}\n\nThe first 1,000 scenes, start included:\n\n{_table(sources)}"


def _billion(results: dict[str, Any]) -> str:
    curve, stages = results["curve"], results["stages"]
    size = max(map(int, curve["local"]))
    local, ray = (curve[engine][str(size)] for engine in ("local", "ray"))
    cores = results["machine"]["cores"]
    core_ms = local[_RUNNING] * cores
    hours = BILLION * core_ms / 3.6e6
    overhead = ray[_RUNNING] / local[_RUNNING] - 1
    with_ray = hours * (1 + overhead)
    per_day = with_ray / MACHINE_CORES / 24
    rate = MACHINE_CORES / core_ms * 1000
    picture = results["bytes a picture"]
    part = local["bytes of parts a picture"]
    folder, tar = stages["folder"], stages["tar"]
    listing = {name: stages[name]["microseconds"]["list"] for name in ("folder", "Parquet", "tar")}
    footer = folder["microseconds a part"]
    parts = BILLION // SHARD
    lines = [
        f"Work: {local[_RUNNING]:.2f} ms a picture x {cores} cores = {core_ms:.2f} core-ms;"
        f" x 10^9 / 3,600,000 = {hours:,.0f} core-hours. Ray adds {overhead:+.0%}:"
        f" {with_ray:,.0f}.",
        f"Machines: / {MACHINE_CORES} cores / 24 h = {per_day:,.1f} machines for a day, or one for"
        f" {per_day:,.0f} days.",
        f"Pictures: {picture:,} bytes x 10^9 = {picture / 1000:,.1f} TB. A machine reads"
        f" {MACHINE_CORES} / {core_ms:.2f} ms = {rate:,.0f} pictures/s, {rate * picture / 1e6:,.0f}"
        f" MB/s; all machines of that day {per_day * rate * picture / 1e9:,.2f} GB/s.",
        f"Table: {part:,.1f} bytes x 10^9 = {part:,.0f} GB in {parts:,} parts of {SHARD:,} pictures"
        f" (measured with parts of 100, which are relatively larger).",
        f"Plan: {folder['plan bytes']:,.1f} bytes x 10^9 = {folder['plan bytes']:,.0f} GB for"
        f" files, {tar['plan bytes']:,.1f} GB for tar files of 1,000.",
        "Listing, by one process: "
        + ", ".join(
            f"{name} {cost:,.1f} us x 10^9 = {cost / 3.6:,.1f} h" for name, cost in listing.items()
        )
        + ".",
        f"Looking for parts, at each start and end: {footer:,.0f} us x {parts:,} ="
        f" {footer * parts / 6e7:,.0f} min.",
    ]
    return "\n".join(_wrapped(f"- {line}", "  ") for line in lines)


def _wrapped(text: str, indent: str = "") -> str:
    return "\n".join(
        textwrap.wrap(text, 100, subsequent_indent=indent, break_long_words=False)
    )
