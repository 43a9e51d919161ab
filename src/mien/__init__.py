"""Reads facial expressions and shows them as emoji."""
