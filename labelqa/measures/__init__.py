"""Measures: numbers about groups of labels, each a group-by on the match table, with n and an interval beside it."""
