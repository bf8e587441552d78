"""Run the command line as `python -m labelqa`."""

from labelqa.cli.main import main

if __name__ == "__main__":
    main()
