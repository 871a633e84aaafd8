"""Pythons on this machine: where they are, and what each accepts."""
