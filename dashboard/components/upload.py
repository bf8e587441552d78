"""An export dropped on the page: read with the limits and errors of the command line, seen by this session alone."""

from __future__ import annotations

import hashlib

import streamlit as st

from dashboard.data import SUFFIXES, Upload


def dropped() -> Upload | None:
    """Offer to open another export, and give what was dropped."""
    with st.popover("Open an export", icon=":material/upload_file:", width="stretch"):
        file = st.file_uploader(
            "Export of a labeling tool",
            type=list(SUFFIXES),
            key="upload",
            help="It is read on this computer, kept in memory, and seen in this window only.",
        )
        st.caption("JSON, NDJSON, CSV, XML, Parquet, or a .zip, .tar or .gz of these. The link does not carry it.")
    if file is None:
        return None
    content = file.getvalue()
    return Upload(hashlib.sha256(content).hexdigest(), file.name, content)
