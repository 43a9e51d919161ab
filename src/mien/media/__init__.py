"""Where pictures come from, and where what was read in them goes."""
