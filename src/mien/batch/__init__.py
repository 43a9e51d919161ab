"""Reads millions of pictures in shards, each of which gives one part of the table."""

from mien.batch.entries import Shard, ShardResult, Slice
from mien.batch.plan import Plan
from mien.batch.shards import ShardReader

__all__ = ["Plan", "Shard", "ShardReader", "ShardResult", "Slice"]
