"""The command line: `main.py` is the program, `commands/` holds one file a command; see README.md."""
