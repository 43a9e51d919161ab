"""Searches for the settings with which a network learns best."""

from mien.tuning.search import TuneResult, tune

__all__ = ["TuneResult", "tune"]
