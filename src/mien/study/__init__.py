"""Repeats the study that mien grew out of: its networks, its figures and its table, on one page.

::

    OUT/
      study.html                   the page
      study.json                   its numbers
      ablations.json               those of the ablations
      figures/                     each as PNG and SVG
      runs/NAME/                   run folders, as `mien.training.run` describes them
      ablations/NAME-VALUE-SEED/   those of the ablations
"""
