"""Numpy-only mathematics: arrays in, numbers out, one published method a file."""
