"""Reads photos, clips and cameras into tables, annotated copies, timelines and contact sheets.

`job` is the whole run, as its settings say. Before it reads, `checks` refuses contradictions,
`outputs` prepares the tables, `neutrals` the neutral faces, and `resuming` finds the run to go on
with. `photos` writes what belongs to each photo. `clips` reads each clip, with what is known of it
in `clip_records`, and `clip_outputs` writes what belongs to it, `clip_copy` the annotated copy.
`journal` keeps what was read for a run that is interrupted; `differences` says why a run cannot go
on with it, `locking` keeps a second one away, and `interruption` lets a signal wait until a frame
is done.
"""

from mien.detect_job.clip_records import ClipResult
from mien.detect_job.job import DetectJob
from mien.detect_job.photos import Step

__all__ = ["ClipResult", "DetectJob", "Step"]
