"""Sealing: records become leaves of a tree, trees get signed heads, heads leave the database (design decision 6)."""
