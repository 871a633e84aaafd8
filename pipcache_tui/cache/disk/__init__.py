"""Opening files without following links, atomic writes of our own files, and access times."""
