"""Reads photos, clips and cameras into tables, annotated copies, timelines and contact sheets."""

from mien.batch.clip_records import ClipResult
from mien.batch.job import DetectJob, Step

__all__ = ["ClipResult", "DetectJob", "Step"]
