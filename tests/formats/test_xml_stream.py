"""Reading XML: what is given out, what is refused and how it is said, and how much memory it takes."""

import time
import tracemalloc

import pytest

from labelqa.errors import InputError
from labelqa.formats import xml_stream
from labelqa.formats.detect import detect
from labelqa.formats.files import File, _Source
from labelqa.formats.sample import Sample
from labelqa.formats.xml_stream import elements
from tests.formats.test_json_stream import Stream


def file_of(*pieces):
    return File("a.xml", 0, None, lambda: _Source(Stream(pieces)))


def read(text, *wanted, chunk_bytes=7):
    """Read elements; give number, name, attributes and text of all that is inside."""
    text = text if isinstance(text, bytes) else text.encode()
    return [
        (
            number,
            element.tag,
            dict(element.attrib),
            "".join(element.itertext()),
            [part.tag for part in element.iter()][1:],
        )
        for number, element in elements(file_of(text), frozenset(wanted), chunk_bytes=chunk_bytes)
    ]


def refusal(text, *wanted, chunk_bytes=7):
    with pytest.raises(InputError) as caught:
        read(text, *wanted, chunk_bytes=chunk_bytes)
    assert caught.value.file == "a.xml"
    assert caught.value.remedy
    return caught.value


DOCUMENT = '<?xml version="1.0"?><r><m><n>x</n></m><i k="1">a<b/>b<i>c</i></i> t <j><i k="2"/></j><i>é</i></r>'


@pytest.mark.parametrize("chunk_bytes", [1, 7, 64, 10_000])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_elements_come_whole_and_numbered_and_those_inside_are_parts(chunk_bytes, mark):
    expected = [(1, "i", {"k": "1"}, "abc", ["b", "i"]), (2, "i", {"k": "2"}, "", []), (3, "i", {}, "é", [])]
    assert read(mark + DOCUMENT, "i", chunk_bytes=chunk_bytes) == expected


@pytest.mark.parametrize("chunk_bytes", [1, 10_000])
def test_several_names_and_the_root(chunk_bytes):
    found = read(DOCUMENT, "j", "m", chunk_bytes=chunk_bytes)
    assert [(number, tag, parts) for number, tag, _, _, parts in found] == [(1, "m", ["n"]), (2, "j", ["i"])]
    assert [(number, tag) for number, tag, *_ in read(DOCUMENT, "r", "i", chunk_bytes=chunk_bytes)] == [(1, "r")]
    assert read(DOCUMENT, "z", chunk_bytes=chunk_bytes) == []


def test_other_encodings():
    assert read('<?xml version="1.0" encoding="iso-8859-1"?><r><i>é</i></r>'.encode("latin-1"), "i")[0][3] == "é"


@pytest.mark.parametrize("chunk_bytes", [1, 10_000])
@pytest.mark.parametrize("rest", ["", "<i", "<i a='b", "</r"])
def test_a_file_that_ends_too_early_gives_what_is_complete(rest, chunk_bytes):
    found = []
    reading = elements(file_of(b"<r><i>1</i><i>2</i>" + rest.encode()), frozenset({"i"}), chunk_bytes=chunk_bytes)
    with pytest.raises(InputError, match="ends too early") as caught:
        found.extend((number, element.text) for number, element in reading)
    assert found == [(1, "1"), (2, "2")]
    assert (caught.value.file, caught.value.record) == ("a.xml", 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "a whole XML file"),
        ("no xml", "well-formed XML"),
        ("<r><i></r>", "well-formed XML"),
        ("<r/><r/>", "well-formed XML"),
        ("<r>&nbsp;</r>", "well-formed XML"),
        ("<r a='1' a='2'/>", "well-formed XML"),
        ("<r>\0</r>", "well-formed XML"),
        (b"<r>\xff</r>", "well-formed XML"),
        ('<?xml version="1.0" encoding="nonsense"?><r/>', "XML in UTF-8"),
    ],
)
def test_what_is_no_xml(text, expected):
    assert refusal(text, "i").expected == expected


BOMB = (
    '<!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
TYPED = {
    "bomb": BOMB + "<r>&i;</r>",
    "external": '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>',
    "external type": '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/r.dtd"><r/>',
    "parameter": '<!DOCTYPE r [<!ENTITY % a SYSTEM "http://127.0.0.1:1/"> %a;]><r/>',
    "attributes by default": '<!DOCTYPE r [<!ATTLIST i a CDATA "' + "x" * 1000 + '">]><r><i/><i/></r>',
    "after a comment": "<!-- c --><!DOCTYPE r><r/>",
}


@pytest.mark.parametrize("text", TYPED.values(), ids=TYPED)
@pytest.mark.parametrize("chunk_bytes", [1, 10_000])
def test_document_types_are_refused_when_read_and_when_detected(text, chunk_bytes):
    for whole in (text, '<?xml version="1.0"?>\n' + text):
        assert "DOCTYPE" in str(refusal(whole, "r", chunk_bytes=chunk_bytes))
        seen = Sample(whole.encode(), is_whole=True)
        assert (seen.shape, seen.root, seen.keys) == ("xml", None, frozenset())
        assert "DOCTYPE" in seen.fault
        with pytest.raises(InputError, match="DOCTYPE"):
            detect(file_of(whole.encode()))


def test_a_document_type_after_the_root_begins_is_no_xml():
    for text in ("<r><!DOCTYPE r></r>", "<r/><!DOCTYPE r>"):
        assert refusal(text, "r").expected == "well-formed XML"


def test_elements_deep_inside_each_other():
    deep = "<a>" * xml_stream.MAX_DEPTH + "</a>" * xml_stream.MAX_DEPTH
    assert len(read(deep, "a")) == 1
    for wanted in ("a", "b"):
        assert "deep" in refusal("<a>" + deep + "</a>", wanted).expected
        assert "deep" in refusal("<a>" * 1_000_000, wanted, chunk_bytes=1 << 16).expected


def endless(begin, again, times):
    yield begin
    for _ in range(times):
        yield again


@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (b"<r><i a='", b"x" * (1 << 20)),
        (b"<r><i>", b"x" * (1 << 20)),
        (b"<r><i ", b"".join(b"a%d='1' " % n for n in range(100_000))[: 1 << 20].replace(b"a", b"\xc3\xa9")),
        (b"<r><!--", b"x" * (1 << 20)),
        (b"<r><i>", b"<b>text</b>" * 100_000),
        (b"<r><i>", b"<b/>" * 300_000),
        (b" ", b" " * (1 << 20)),
    ],
    ids=["attribute", "text", "attributes", "comment", "parts", "empty parts", "nothing"],
)
def test_an_element_without_end_is_refused_in_bounded_time_and_memory(begin, again):
    start = time.process_time()
    tracemalloc.start()
    with pytest.raises(InputError) as caught:
        for _ in elements(File("a.xml", 0, None, lambda: _Source(Stream(endless(begin, again, 100)))), frozenset("i")):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.file == "a.xml"
    assert peak < 300 << 20
    assert time.process_time() - start < 30


@pytest.mark.parametrize("wanted", ["i", "j"])
def test_memory_does_not_grow_with_the_file(wanted):
    row = b"<i k='1'><b>some text</b><b>more</b></i>" * 100
    tracemalloc.start()
    n = sum(1 for _ in elements(File("a.xml", 0, None, lambda: _Source(Stream(rows(row, 400)))), frozenset({wanted})))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n == (40_000 if wanted == "i" else 0)
    assert peak < 8 << 20


def rows(row, times):
    yield from endless(b"<r>", row, times)
    yield b"</r>"


@pytest.mark.parametrize(
    ("head", "root", "children"),
    [
        ("<r><a/><b>1</b><a/></r>", "r", {"a", "b"}),
        ("\ufeff \n<r><a><c/></a><b", "r", {"a"}),
        ("<!-- c --><r a='1'><a>", "r", {"a"}),
        ("<r", None, set()),
        ("<r></s>", "r", set()),
        ("<html><body>&nbsp;<p>", "html", {"body"}),
        ("<" * 1000, None, set()),
        ("<?xml version='1.0' encoding='nonsense'?><r>", None, set()),
        ("<a>" * 300_000, "a", {"a"}),
    ],
)
def test_what_the_head_of_a_file_shows(head, root, children):
    seen = Sample(head.encode(), is_whole=False)
    assert (seen.shape, seen.root, seen.keys, seen.fault) == ("xml", root, frozenset(children), None)


def test_what_is_no_xml_has_no_root():
    assert Sample(b'{"a": 1}', is_whole=True).root is None
