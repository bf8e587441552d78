"""Every miniature export with a hostile value in each of its places: read and scored, or refused in one clear sentence.

Many changed copies of a file are read together, as a folder; where that is refused, its halves are, so that a copy that
cannot be read at all hides no other.
"""

import csv
import io
import json
import re
import shutil
from collections import Counter
from copy import deepcopy
from itertools import count, cycle, islice
from xml.etree import ElementTree

import pytest

import labelqa
from labelqa.errors import LabelqaError
from labelqa.formats.detect import formats
from tests.formats.miniatures import FORMATS, HERE

MOST = 36
"""How many copies of a file are read; more find more, in more time."""

NAME = "\x1b[2J\u202e<img src=x onerror=alert(1)>|`=1+1"
ODD = [
    None, True, 0, -1, 0.5, -1e308, 1e300, 10**400, 2**31, 2**63, 10**15, [10**9, 10**9], "", "NaN", NAME, "é" * 50_000,
    [], {}, [[]], [None], [{}], {"a": None}, [1, 2, 3, 4], "2026-13-45", "0000-01-01", "99999-01-01T00:00:00Z", "a#1",
    "@[" , "@NaN", "@-Infinity", "@1e400",
]  # fmt: skip
"""What JSON may hold; a text with @ stands for what `json.dumps` does not write."""

TEXTS = [
    "", "x", "0", "-1", "0.5", "1e300", "-1e308", "1e400", "NaN", "inf", "9" * 400, "9" * 5000, "2147483648", "1000000000",
    NAME, "é" * 50_000, "[]", "{}", "null", "[[[[", "[1e400]", "2026-13-45", "0000-01-01", "99999-01-01", "..", "a;b,c", "true",
]  # fmt: skip
"""What a cell, an attribute or a word may hold."""

ALONE = ("data.yaml", "mturk.toml", "jobs.json", "labels.json", "sizes.csv", "names.csv", "ontology.json", "train.txt")
"""Files that other files are read with, by their names."""

FILES = [path for name in FORMATS for path in sorted((HERE / name).rglob("*")) if path.is_file()]
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HERE)))


def spots(value, path=()):
    """List the places in a document, each kind of place once: positions in lists do not count."""
    seen = {}
    stack = [(path, value)]
    while stack:
        path, value = stack.pop()
        if path:
            seen.setdefault(tuple("*" if isinstance(key, int) else key for key in path), path)
        if isinstance(value, dict | list):
            keys = value if isinstance(value, dict) else range(len(value))
            stack += [((*path, key), value[key]) for key in reversed(list(keys))]
    return list(seen.values())


def at(document, path):
    for key in path:
        document = document[key]
    return document


def documents(text):
    """Give the document of a file, and how to write it."""
    try:
        return json.loads(text), json.dumps
    except ValueError:
        return [json.loads(line) for line in text.splitlines()], lambda rows: "\n".join(map(json.dumps, rows))


def changed(document, spot, odd):
    copy = deepcopy(document)
    at(copy, spot[:-1])[spot[-1]] = odd
    return copy


def written(text):
    """Put in what JSON does not have, brackets a hundred thousand deep among it."""
    text = text.replace('"@["', "[" * 100_000 + "]" * 100_000)
    return re.sub(r'"@([^"]+)"', r"\1", text).encode()


def of_json(text):
    """Change a document at each place in turn, and nest it in itself."""
    try:
        document, dumps = documents(text)
    except ValueError:
        return
    odd = cycle(ODD)
    for spot in spots(document):
        for value in islice(odd, 2):
            yield written(dumps(changed(document, spot, value)))
    for spot in spots(document)[::5]:
        start = max(0, len(spot) - 4)
        if len(spot) > start and isinstance(at(document, spot[:start]), dict):
            before, after = json.dumps(changed(at(document, spot[:start]), spot[start:], "@@")).split('"@@"')
            if len(before + after) < 5_000:
                nested = before * 150 + "1" + after * 150
                whole = dumps(changed(document, spot[:start], "@@")) if start else '"@@"'
                yield whole.replace('"@@"', nested).encode()


def of_xml(text):
    """Change each attribute, and each text of an element without others, in turn."""
    root = ElementTree.fromstring(text)
    odd, met = cycle(TEXTS), Counter()
    for number, element in enumerate(root.iter()):
        for key in [*element.attrib, *([] if len(element) else [None])]:
            met[element.tag, key] += 1
            for value in islice(odd, 3 if met[element.tag, key] <= 2 else 0):
                copy = deepcopy(root)
                inner = next(islice(copy.iter(), number, None))
                plain = value.replace("\x1b", "")
                inner.attrib.update({key: plain}) if key else setattr(inner, "text", plain)
                yield ElementTree.tostring(copy)


def parsed(cell):
    """Give the document that a cell holds, if it is one."""
    try:
        return json.loads(cell) if cell[:1] in ("[", "{") else None
    except ValueError:
        return None


def of_table(text):
    """Change each cell in turn, and each place of a document in a cell."""
    delimiter = max(",;\t", key=text.split("\n")[0].count)
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    odd, odd_json = cycle(TEXTS), cycle(ODD)
    for row in range(len(rows)):
        for column, cell in enumerate(rows[row]):
            values = list(islice(odd, 2))
            document = parsed(cell)
            if document:
                values = [
                    written(json.dumps(changed(document, spot, next(odd_json)))).decode() for spot in spots(document)
                ]
            for value in values:
                copy = deepcopy(rows)
                copy[row][column] = value
                out = io.StringIO()
                csv.writer(out, delimiter=delimiter).writerows(copy)
                yield out.getvalue().encode()


def of_words(text):
    """Change each word in turn."""
    odd = cycle(TEXTS)
    for word in re.finditer(r"[^\s:,]+", text):
        for value in islice(odd, 3):
            yield (text[: word.start()] + value + text[word.end() :]).encode()


OF_SUFFIX = {".json": of_json, ".ndjson": of_json, ".xml": of_xml, ".csv": of_table, ".tsv": of_table}


class Folder:
    """Reads changed copies of a file where it stands, with the other files of its format if it needs them."""

    def __init__(self, path, folder):
        self.path, self.folder, self.format = path, folder, path.relative_to(HERE).parts[0]
        self.is_alone = path.name in ALONE
        try:
            labelqa.read(path, format=self.format)
            self.has_others = self.is_alone or self.format in ("mturk", "yolo")
        except LabelqaError:
            self.has_others = True

    def read(self, copies):
        """Read and score copies, together or in halves; give the number of copies that came to a project."""
        try:
            project = self._project(copies)
        except LabelqaError:
            if len(copies) == 1:
                return 0
            half = len(copies) // 2
            return self.read(copies[:half]) + self.read(copies[half:])
        assert project.problems["n"].sum() >= project.sources["n_skipped"].sum()
        labelqa.score(project)
        return len(copies)

    def _project(self, copies):
        shutil.rmtree(self.folder, ignore_errors=True)
        beside = self.folder / self.path.relative_to(HERE / self.format)
        if self.has_others:
            shutil.copytree(HERE / self.format, self.folder)
            beside.unlink()
        beside.parent.mkdir(parents=True, exist_ok=True)
        for number, text in enumerate(copies):
            name = self.path.name if self.is_alone else f"{self.path.stem}_{number}{self.path.suffix}"
            (beside.parent / name).write_bytes(text)
        return labelqa.read(self.folder, format=self.format)

    def read_all(self, copies):
        """Read at most `MOST` of the copies, evenly taken."""
        copies = list(copies)
        most, step = (MOST // 3, 1) if self.is_alone else (MOST, 24)
        copies = copies[:: -(-len(copies) // most)] if copies else []
        for first in range(0, len(copies), step):
            self.read(copies[first : first + step])


def test_every_format_is_tried():
    assert sorted(FORMATS) == sorted(formats())


@every_file
def test_a_hostile_value_in_each_place(path, tmp_path):
    text = path.read_text(encoding="utf-8")
    copies = OF_SUFFIX.get(path.suffix, of_words)(text)
    Folder(path, tmp_path / "x").read_all(copies)


@every_file
def test_a_file_that_is_cut_off_or_no_text_in_utf_8(path, tmp_path):
    whole = path.read_bytes()
    text = whole.decode()
    middle = len(whole) // 2
    copies = [whole[:size] for size in range(0, len(whole), max(1, len(whole) // 5))]
    copies += [whole[:middle] + b"\0" * 10 + whole[middle:], text.encode("latin-1", "replace") + b"\xe9\xff"]
    copies += [b"\xef\xbb\xbf" + whole, text.encode("utf-16")]
    folder = Folder(path, tmp_path / "x")
    for copy in copies:
        folder.read([copy])


@pytest.mark.parametrize("format", FORMATS)
def test_names_of_a_megabyte(format, tmp_path):
    """At once in all places that hold one text of the file, the first texts in turn."""
    path = max((HERE / format).rglob("*.*"), key=lambda path: path.stat().st_size * (path.name not in ALONE))
    text = path.read_text(encoding="utf-8")
    words = list(dict.fromkeys(re.findall(r"(?<=[\",>])[A-Za-z][\w .-]{2,}(?=[\",<])", text)))
    folder = Folder(path, tmp_path / "x")
    for word, number in zip(words, count()):
        if number % max(1, len(words) // 4) == 0:
            folder.read([re.sub(rf"(?<=[\",>]){re.escape(word)}(?=[\",<])", "n" * 1_000_000, text, count=3).encode()])
