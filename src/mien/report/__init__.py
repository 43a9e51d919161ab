"""Reports on networks: self-contained web pages and model cards, made from typed results."""

from mien.report.build import Report, report
from mien.report.inputs import NetworkResults, TrainingRun
from mien.report.model_card import model_card
from mien.report.page import LARGEST, write_page

__all__ = [
    "LARGEST",
    "NetworkResults",
    "Report",
    "TrainingRun",
    "model_card",
    "report",
    "write_page",
]
