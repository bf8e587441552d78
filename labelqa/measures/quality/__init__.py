"""Quality: do labelers agree, are they right against the benchmark, and what is mistaken for what."""
