"""Past scans, kept so that the next one reads only what changed."""
