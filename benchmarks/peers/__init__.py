"""The parts of `benchmarks/peers.py`, which compares mien with its peers."""
