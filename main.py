"""Does what the mode in config.toml says, such as train, evaluate, predict or webcam."""

from __future__ import annotations

import sys
from pathlib import Path

from mien.cli import run_program
from mien.settings import Settings, load


def main() -> int:
    """Read config.toml, or the file named as the first argument, and do what its mode says."""
    config = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("config.toml")
    return _run(load(config))


def _run(settings: Settings) -> int:
    """Run the command of the mode; each imports only what it needs."""
    if settings.mode == "FER-train":
        from mien.cli.train import run_train

        run_train(settings)
    elif settings.mode == "FER-evaluate":
        from mien.cli.evaluate import run_evaluate

        run_evaluate(settings)
    elif settings.mode == "FER-study":
        from mien.cli.study import run_study

        run_study(settings)
    elif settings.mode == "FER-tune":
        from mien.cli.tune import run_tune

        run_tune(settings)
    elif settings.mode == "FER-predict":
        from mien.cli.detect import run_detect

        return run_detect(settings)
    elif settings.mode == "FER-batch":
        from mien.cli.batch import run_batch

        return run_batch(settings)
    elif settings.mode == "FER-webcam":
        from mien.cli.webcam import run_webcam

        run_webcam(settings)
    elif settings.mode == "FER-serve":
        from mien.cli.serve import run_serve

        run_serve(settings)
    else:
        from mien.cli.data import run_describe

        run_describe(settings)
    return 0


if __name__ == "__main__":
    run_program(main)
