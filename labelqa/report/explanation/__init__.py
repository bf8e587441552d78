"""Why an asset has its score: who was compared with whom, what matched, and how the numbers come about."""
