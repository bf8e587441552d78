"""CVAT: XML 1.1 for images and for video, and the JSON of its REST API, SDK and task backups.

Read: all shapes (see `shapes.py` for the layouts), tags, attributes, groups and layers, tracks, ground-truth jobs, who a
job is assigned to, and reviewers' issues. A job's frames without annotations are empty labels where the jobs list is read
together with the annotations; an XML lists such images itself. Shapes carry no author and no time in CVAT: both are the
job's.
https://docs.cvat.ai/docs/manual/advanced/xml_format/ and https://docs.cvat.ai/docs/api_sdk/api/
"""

from __future__ import annotations

from collections.abc import Sequence

from labelqa.formats.files import File
from labelqa.formats.format import Format
from labelqa.formats.readers.cvat.cutting import pieces
from labelqa.formats.readers.cvat.jobs import Catalog, is_entry, note_issues_left, read_lists
from labelqa.formats.readers.cvat.rest import looks_like_marks, read_annotations
from labelqa.formats.readers.cvat.xml import read_xml
from labelqa.formats.sample import Sample, sample
from labelqa.project import Builder

__all__ = ["FORMAT"]

_ROOT = "annotations"
_CHILDREN = frozenset(["version", "meta", "image", "track"])


def _refuse(sample: Sample) -> str | None:
    if sample.shape == "xml":
        if sample.root != _ROOT:
            return f"the root element is no <{_ROOT}>"
        return None if sample.keys & _CHILDREN else f"none of {', '.join(sorted(_CHILDREN))} in <{_ROOT}>"
    if sample.shape not in ("object", "array", "lines"):
        return "neither XML nor JSON"
    if _is_list(sample) or _is_annotations(sample):
        return None
    return "no jobs, and no shapes, tracks and tags with their frames"


def _is_list(sample: Sample) -> bool:
    """Tell whether a file lists jobs or labels."""
    record = sample.record
    if isinstance(record, dict) and isinstance(record.get("results"), list):
        return any(is_entry(entry) for entry in record["results"][:20])
    return is_entry(record)


def _is_annotations(sample: Sample) -> bool:
    record = sample.record
    if not isinstance(record, dict):
        return False
    for key in ("job", "task"):
        if isinstance(record.get(key), dict):
            return any(looks_like_marks(unit) for unit in list(record[key].values())[:20])
    return looks_like_marks(record)


def _read(files: Sequence[File], builder: Builder) -> None:
    """Read the lists first: they tell whose the annotations are."""
    catalog = Catalog()
    seen = {file.name: sample(file) for file in files}
    for file in files:
        if seen[file.name].shape != "xml" and _is_list(seen[file.name]):
            builder.source(file.name, FORMAT.name)
            read_lists(file, catalog, builder)
    for file in files:
        if seen[file.name].shape == "xml":
            builder.source(file.name, FORMAT.name)
            read_xml(file, catalog, builder)
        elif not _is_list(seen[file.name]):
            builder.source(file.name, FORMAT.name)
            read_annotations(file, catalog, builder)
    note_issues_left(catalog, builder)


FORMAT = Format(
    name="cvat",
    title="CVAT (XML 1.1 for images and video, JSON with a jobs list)",
    facts=frozenset({"who", "when", "benchmark"}),
    refuse=_refuse,
    read=_read,
    pieces=pieces,
)
"""What `labelqa.formats.detect` finds."""
