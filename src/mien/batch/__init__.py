"""Reads millions of pictures in shards, each of which gives one part of the table."""
