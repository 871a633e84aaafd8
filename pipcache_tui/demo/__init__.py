"""A cache in all formats, made for trying everything safely."""
