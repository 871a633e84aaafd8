"""What the screen shows, with no textual in it: entries in columns, grouped, sorted, marked, laid out as rows."""
