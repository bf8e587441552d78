"""The drawing of disagreement: every label of one asset, one over the other; see README.md."""
