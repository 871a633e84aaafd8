"""What pip knows and does: its releases, freshness, built wheels, settings and cache keys."""
