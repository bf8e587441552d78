"""The workforce, drawn and written."""
