"""Says: a plan or entries as a table or JSON."""
