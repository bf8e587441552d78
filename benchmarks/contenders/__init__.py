"""One file a contender, each with a constant `CONTENDER`."""
