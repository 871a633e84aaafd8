"""pipcache-tui: what pip's cache holds, what pip will do with it, and how to get the space back."""

__version__ = "0.1.0"
