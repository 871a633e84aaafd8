"""What pip would take from this cache for requirements and lock files."""
