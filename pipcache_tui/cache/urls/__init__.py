"""Hashed names back to URLs, each with its proof."""
