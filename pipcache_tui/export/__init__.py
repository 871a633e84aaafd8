"""Verified copies of cached files under their real names, and a simple index of them."""
