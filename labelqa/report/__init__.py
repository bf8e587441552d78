"""Reports: scores drawn as text, written as tables, told as JSON. Drawing only; the numbers come from `Scores`."""
