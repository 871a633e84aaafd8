"""What makes files of the repository out of the program."""
