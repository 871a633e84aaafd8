"""Does: the only code that changes or writes anything."""
