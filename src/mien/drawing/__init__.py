"""What people see: boxes and emoji on pictures, contact sheets."""
