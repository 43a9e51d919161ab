"""Trains networks on FER-2013."""

from mien.training.fit import resume, train
from mien.training.run import Run

__all__ = ["Run", "resume", "train"]
