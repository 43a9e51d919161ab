"""What reads the shards of a run: this machine alone, or Ray on many."""
