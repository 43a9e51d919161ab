"""Repeats the study that mien grew out of: its networks, its figures, its table, on one page.

::

    OUT/
      study.html                   the page
      study.json                   its numbers
      ablations.json               those of --ablate
      figures/                     each as PNG and SVG
      runs/NAME/                   run folders, as `mien.training.run` describes them
      ablations/NAME-VALUE-SEED/   those of --ablate
"""
