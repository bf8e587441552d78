"""Reading with objects cut out of the text, and without: nothing may tell from the project that they were."""

from labelqa.formats.read import read
from labelqa.formats.runs import Cutter
from labelqa.project import schema


def assert_unnoticed(path, text, monkeypatch):
    """Read a file of this text with cutting and without; give the project, and what was cut out."""
    path.write_bytes(text)
    found = []

    def watched(self, block):
        found.append(original(self, block))
        return found[-1]

    original = Cutter.cut
    monkeypatch.setattr(Cutter, "cut", watched)
    project = read(path)
    monkeypatch.setattr(Cutter, "cut", lambda *_: None)
    plain = read(path)
    monkeypatch.undo()
    for name in schema.TABLES:
        assert project.tables[name].equals(plain.tables[name]), name
    return project, [one for one in found if one]
