"""Benchmarks of labelqa: `python -m benchmarks` from the root of a checkout. See README.md."""
