"""What may be written where: a user's own file is never replaced.

`check` refuses outputs before anything is read, and `signs` recognises mien's earlier outputs.
"""

from mien.outputs.check import check_distinct, check_folder_of_outputs, check_outputs
from mien.outputs.signs import Kind

__all__ = ["Kind", "check_distinct", "check_folder_of_outputs", "check_outputs"]
