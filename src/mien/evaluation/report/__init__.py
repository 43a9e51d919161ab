"""Shows how good networks are on one self-contained web page."""

from mien.evaluation.report.page import LARGEST, report_page
from mien.evaluation.report.subjects import Subject, join, read_training

__all__ = ["LARGEST", "Subject", "join", "read_training", "report_page"]
