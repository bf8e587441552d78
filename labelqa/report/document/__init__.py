"""The report: what it says, as blocks that HTML and Markdown are made of; see README.md."""
