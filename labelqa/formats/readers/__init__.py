"""One module a vendor format, each with a `FORMAT`; every module in this folder is discovered by itself."""
