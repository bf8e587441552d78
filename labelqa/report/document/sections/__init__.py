"""The sections of a report, one a file: `section(told)` gives it, or None where there is nothing to say."""
