"""What to act on: one detector a file, each a test that is right when nothing is wrong; `search.py` runs them all."""
