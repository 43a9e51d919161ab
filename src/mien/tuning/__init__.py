"""Searches the settings with which a network learns best."""
