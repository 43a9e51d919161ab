"""Lets ``python -m mien`` do what ``mien`` does."""

from mien.cli import main

main()
