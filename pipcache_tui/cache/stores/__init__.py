"""A module for each layout on disk."""
