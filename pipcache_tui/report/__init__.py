"""Output: entries, plans and results as text, tables or JSON."""
