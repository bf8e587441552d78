"""The dashboard: pages over exports, drawn with the public face of labelqa alone. See README.md."""
