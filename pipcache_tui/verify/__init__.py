"""Is an entry still what was stored, and what confirms that?"""
