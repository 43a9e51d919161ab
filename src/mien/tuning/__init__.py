"""Searches for the settings with which a network learns best."""

from mien.tuning.search import TuneResult, check_outputs, tune

__all__ = ["TuneResult", "check_outputs", "tune"]
