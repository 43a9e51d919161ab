"""Reads many pictures into tables, annotated copies and contact sheets."""

from mien.batch.job import DetectJob, Step

__all__ = ["DetectJob", "Step"]
