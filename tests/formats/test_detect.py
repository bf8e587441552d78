"""Detection: what a head shows, and that exactly one format accepts each miniature."""

import gzip
import json
import zipfile

import pytest

from labelqa.errors import FormatError, InputError, UsageError
from labelqa.formats.detect import detect, format_named, formats, refusals
from labelqa.formats.files import find
from labelqa.formats.sample import Sample, sample
from tests.formats.miniatures import HERE, miniatures


def detected(path):
    (file,) = find([path]).files
    return detect(file).name


def refused(tmp_path, text):
    (tmp_path / "x").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(FormatError) as error:
        detected(tmp_path / "x")
    assert set(error.value.refusals) == set(formats())
    return error.value.refusals


@pytest.mark.parametrize("path", miniatures(), ids=lambda path: str(path.relative_to(HERE)))
def test_a_miniature_is_accepted_by_its_format_alone(path):
    (file,) = find([path]).files
    reasons = refusals(sample(file))
    name = path.relative_to(HERE).parts[0]
    assert [format for format, reason in reasons.items() if reason is None] == [name]
    assert all(reason for format, reason in reasons.items() if format != name)
    assert detect(file) is formats()[name]


@pytest.mark.parametrize("path", miniatures("labelbox", "label_studio"), ids=lambda path: path.name)
def test_detection_sees_through_packing_and_printing(path, tmp_path):
    name = path.relative_to(HERE).parts[0]
    text = path.read_bytes()
    (tmp_path / "packed").write_bytes(gzip.compress(text))
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.writestr("in/x", text)
    assert detected(tmp_path / "packed") == detected(tmp_path / "zip") == name
    if path.suffix == ".json":
        (tmp_path / "printed").write_text(json.dumps(json.loads(text), indent=4))
        (tmp_path / "dense").write_text(json.dumps(json.loads(text), separators=(",", ":")))
        (tmp_path / "marked").write_bytes(b"\xef\xbb\xbf" + text)
        assert {detected(tmp_path / file) for file in ("printed", "dense", "marked")} == {name}


@pytest.mark.parametrize("path", miniatures("labelbox", "label_studio"), ids=lambda path: path.name)
def test_detection_needs_only_the_head(path):
    text = path.read_bytes()
    for share in (0.4, 0.7, 0.9):
        head = Sample(text[: int(len(text) * share)], is_whole=False)
        assert formats()[path.relative_to(HERE).parts[0]].refuse(head) is None


def test_refusals_say_why(tmp_path):
    reasons = refused(tmp_path, '[{"hello": 1}]')
    assert reasons["labelbox"] == "no 'data_row' in the first record"
    assert reasons["label_studio"] == "no list 'annotations' in the first record"
    reasons = refused(tmp_path, '{"ID": "1", "DataRow ID": "2", "Label": {}}')
    assert "export v1" in reasons["labelbox"]
    assert "for importing" in refused(tmp_path, '[{"dataRow": {"id": "2"}}]')["labelbox"]
    assert "before 1.0" in refused(tmp_path, '[{"id": 1, "completions": []}]')["label_studio"]
    assert "JSON-MIN" in refused(tmp_path, '[{"annotator": 1, "annotation_id": 2}]')["label_studio"]
    assert "no 'result'" in refused(tmp_path, '[{"annotations": [{"id": 2}]}]')["label_studio"]
    assert "neither" in refused(tmp_path, '[{"id": 1, "annotations": []}]')["label_studio"]
    assert "no object" in refused(tmp_path, "[1, 2]")["label_studio"]
    assert "no object" in refused(tmp_path, "[]")["labelbox"]
    assert refused(tmp_path, "<annotations/>")["labelbox"] == "no JSON"
    assert refused(tmp_path, b"\x89PNG\r\n\x1a\n\0\0")["label_studio"] == "no JSON"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"", "an empty file"),
        (b"  \n", "an empty file"),
        ("[{}]".encode("utf-16"), "UTF-16"),
        (b"7z\xbc\xaf\x27\x1c", "unpack it first"),
    ],
)
def test_files_that_no_format_can_read(tmp_path, text, found):
    (tmp_path / "x").write_bytes(text)
    with pytest.raises(InputError, match=rf"x: found '.*{found}.*', expected an export"):
        detected(tmp_path / "x")


def test_an_archive_in_an_archive_is_to_be_unpacked(tmp_path):
    (tmp_path / "x.gz").write_bytes(gzip.compress(gzip.compress(b"[]")))
    with pytest.raises(InputError, match="unpack it first"):
        detected(tmp_path / "x.gz")


def test_a_file_that_fits_two_formats_is_an_error(tmp_path):
    (tmp_path / "x").write_text('{"data_row": {"id": 1}, "annotations": [], "data": {}}')
    with pytest.raises(InputError, match="'label_studio and labelbox', expected an export of one format"):
        detected(tmp_path / "x")


def test_formats_by_name():
    assert format_named("labelbox") is formats()["labelbox"]
    with pytest.raises(UsageError, match="no format 'lablebox'; did you mean 'labelbox'"):
        format_named("lablebox")


def test_every_format_says_who_it_is():
    for name, format in formats().items():
        assert format.name == name
        assert format.title
        assert format.facts <= {"who", "when", "seconds", "review", "benchmark", "prediction"}


@pytest.mark.parametrize(
    ("head", "shape", "record"),
    [
        ('[{"a": [1, {"b": 2', "array", {"a": [1, {}]}),
        ('[\n  {\n    "a": 1\n  },\n  {', "array", {"a": 1}),
        ("[", "array", None),
        ('[{"a": "[{\\"', "array", {}),
        ('{"images": [{"id": 1, "w', "object", {"images": [{"id": 1}]}),
        ('{"info": {"y": 1}, "annotations": [{"bbox": [1, 2.5, 3', "object",
         {"info": {"y": 1}, "annotations": [{"bbox": [1, 2.5]}]}),
        ('{"a": 1}\n{"a": 2}\n', "lines", {"a": 1}),
        ('{"a": 1}\n', "object", {"a": 1}),
        ('{"a": 1}\n\n  ', "object", {"a": 1}),
        ('{"a": {}\n}\n', "object", {"a": {}}),
        ('{\n"a": 1\n}\n{\n"a": 2\n}', "object", {"a": 1}),
        ('{"a" 1}\n{"a": 2}\n', "lines", {"a": 2}),
        ('{"a": NaN}\n{"b": 2}', "lines", None),
        ("image,who\n1,2\n", "csv", None),
        ("image;who\n", "csv", None),
        ("word\n", "unknown", None),
        ("<a/>", "xml", None),
        ("[" * 100_000, "array", None),
        ("{" * 100_000, "object", None),
    ],
)  # fmt: skip
def test_what_a_head_shows(head, shape, record):
    seen = Sample(head.encode(), is_whole=False)
    assert seen.shape == shape
    if record is None:
        assert seen.shape != "array" or not isinstance(seen.record, dict)
    else:
        assert seen.record == record


def test_the_header_of_a_table():
    assert Sample(b'\xef\xbb\xbf "a b", c;d\n1,2\n', is_whole=True).header == ("a b", "c;d")
    assert Sample(b"a;b;c,d\n", is_whole=True).header == ("a", "b", "c,d")
    assert Sample(b"a\tb", is_whole=True).header == ("a", "b")
    assert Sample(b"a,b", is_whole=False).header is None  # the line goes on
    assert Sample(b"a,\xff\n", is_whole=True).header is None
    assert Sample(b"a,b\0\n", is_whole=True).header is None
