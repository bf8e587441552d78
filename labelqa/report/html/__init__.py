"""HTML: one self-contained page out of sections; the only scripts and styles are its own."""
