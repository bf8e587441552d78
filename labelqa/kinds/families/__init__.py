"""Similarities as vendors define them, one vendor a module, each with `POOLS`; a scheme names its family."""
