"""The sections of the summary, one a file: `draw(scores, page)` gives its parts, none if there is nothing to say."""
