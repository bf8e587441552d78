"""Verdicts of a gate, drawn and written: text, JSON, JUnit, Markdown, annotations of GitHub."""
