"""Reads millions of pictures in shards, each of which gives one part of the table.

`job` is the whole run. `planning` makes the `plan`, the list of all pictures cut into shards:
`listing` finds the files that sources name, `text_lists` reads lists of them, `containers` counts
and reads the pictures in Parquet and tar files, and `storage` opens files, also behind URLs.
`run_id` says what makes two runs the same. An engine of `engines` has `shards` read the shards:
`inputs` fetches the pictures, `groups` reads a few together, and `parts` writes the part of the
table. `manifest` says what a folder of outputs holds, `writing` writes its files whole, and `locks`
lets several runs share one.
"""

from mien.batch.entries import Shard, ShardResult, Slice
from mien.batch.job import BatchJob, BatchResult
from mien.batch.plan import Plan
from mien.batch.shards import ShardReader

__all__ = ["BatchJob", "BatchResult", "Plan", "Shard", "ShardReader", "ShardResult", "Slice"]
