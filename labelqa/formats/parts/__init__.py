"""Parts of an export: the files cut by bytes into what is kept and what is not, in the export's own format."""
