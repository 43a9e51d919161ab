"""Where pictures come from, and where the results of reading them go."""
