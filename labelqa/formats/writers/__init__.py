"""The formats that can be written, one module each, found by being here; see `labelqa.formats.writer`."""
