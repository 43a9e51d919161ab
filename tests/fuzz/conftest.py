"""Lets the tests import the borders."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
