"""What is on disk: knows pip's formats; deletes nothing, prints nothing."""
