"""Chooses: pure functions over entries."""
