"""CVAT's quality report, from a comparison under the scheme `cvat`: conflicts, counts, accuracy, precision, recall."""

from labelqa.measures.cvat.report import conflicts, counts, summary

__all__ = ["conflicts", "counts", "summary"]
