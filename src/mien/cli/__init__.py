"""The command line: one file per command, imported only when that command runs.

`program` holds the commands. It is imported late, so that Ctrl-C is handled even while it loads.
"""

from __future__ import annotations

import sys
from typing import Any

INTERRUPTED = 130
"""Exit code after Ctrl-C, as in other programs."""

_OF_PROGRAM = ("COMMANDS", "USAGE", "app", "complain", "find_command", "run_program")


def main() -> None:
    """Run the command line, and end the process."""
    try:
        from mien.cli.program import run

        run()
    except KeyboardInterrupt:
        # Once it has loaded, the program itself handles Ctrl-C.
        sys.stderr.write("mien: Interrupted.\n")
        sys.exit(INTERRUPTED)


def __getattr__(name: str) -> Any:
    if name not in _OF_PROGRAM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mien.cli import program

    return getattr(program, name)
