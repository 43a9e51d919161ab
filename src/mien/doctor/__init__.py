"""Looks at this installation and machine: what works, what does not, and how to fix it.

>>> examination = examine()
>>> for check in examination.broken:
...     print(check.problem, check.fix)
"""

from mien.doctor.checks import Check, Examination, Section, State
from mien.doctor.examine import examine

__all__ = ["Check", "Examination", "Section", "State", "examine"]
