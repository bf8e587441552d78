"""A made-up labeling project whose truth is known, to try labelqa on and to test it against."""

from labelqa.simulation.people import truth
from labelqa.simulation.street import demo

__all__ = ["demo", "truth"]
