"""The data behind the screen, without textual: entries in columns, grouped, sorted, marked, laid out as rows."""
