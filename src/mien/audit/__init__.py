"""What is doubtful in a data set: duplicates, label errors, pictures without a face."""
