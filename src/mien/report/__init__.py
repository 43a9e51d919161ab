"""Shows how good networks are on one self-contained web page."""

from mien.report.inputs import Subject, join, read_training
from mien.report.page import LARGEST, report_page

__all__ = ["LARGEST", "Subject", "join", "read_training", "report_page"]
