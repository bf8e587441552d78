"""Finding files, and archives that mean harm."""

import gzip
import os
import zipfile
from contextlib import suppress

import pytest

from labelqa.errors import InputError
from labelqa.formats import files
from labelqa.formats.files import find
from tests.conftest import random_project

TEXT = b'{"a": 1}\n' * 50


def zipped(path, members, **how):
    with zipfile.ZipFile(path, "w", **({"compression": zipfile.ZIP_DEFLATED} | how)) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def contents(*paths):
    found = {}
    for file in find(paths).files:
        with file.open() as stream:
            found[file.name] = stream.read()
    return found


def test_a_folder_is_searched_through_and_hidden_files_are_not(tmp_path):
    for name in ["b.json", "a.json", "sub/c.json", ".hidden", ".git/d.json"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    names = [f"{tmp_path}/{name}" for name in ("a.json", "b.json", "sub/c.json")]
    assert [file.name for file in find([tmp_path]).files] == names
    assert [file.name for file in find([str(tmp_path / "sub"), tmp_path, tmp_path / "a.json"]).files] == names
    assert contents(tmp_path)[names[0]] == b"a.json"


def test_gzip_and_zip_are_told_by_content(tmp_path):
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(TEXT) + gzip.compress(TEXT))
    (tmp_path / "b.json").write_bytes(gzip.compress(TEXT))
    (tmp_path / "plain.gz").write_bytes(TEXT)
    members = {"in/x.json": TEXT, "y.json": b"y", "in/": b"", "__MACOSX/._y.json": b"", ".hidden": b""}
    zipped(tmp_path / "c.whatever", members)
    assert contents(tmp_path) == {
        f"{tmp_path}/a.json.gz": TEXT * 2,
        f"{tmp_path}/b.json": TEXT,
        f"{tmp_path}/c.whatever: in/x.json": TEXT,
        f"{tmp_path}/c.whatever: y.json": b"y",
        f"{tmp_path}/plain.gz": TEXT,
    }
    assert [file.stem for file in find([tmp_path]).files] == ["a", "b", "x", "y", "plain"]
    assert [file.path is not None for file in find([tmp_path]).files] == [False, False, False, False, True]


def test_head_gives_the_first_unpacked_bytes(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(TEXT))
    (file,) = find([tmp_path / "a.gz"]).files
    assert file.head(5) == TEXT[:5]
    assert file.head(10_000) == TEXT


def test_written_projects_are_found_as_such(tmp_path):
    random_project(1).write(tmp_path / "in" / "one")
    (tmp_path / "a.json").write_bytes(TEXT)
    found = find([tmp_path])
    assert [file.stem for file in found.files] == ["a"]
    assert found.projects == [tmp_path / "in" / "one"]
    assert find([tmp_path / "in" / "one"]).projects == [tmp_path / "in" / "one"]


def test_links_in_a_circle_are_followed_once(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.json").write_bytes(TEXT)
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    (tmp_path / "again").symlink_to(tmp_path / "sub")
    assert len(find([tmp_path]).files) == 1


@pytest.mark.parametrize("target", ["nowhere", "link"])
def test_a_link_to_nothing_or_itself_is_an_error(tmp_path, target):
    (tmp_path / "link").symlink_to(tmp_path / target)
    with pytest.raises(InputError, match="link"):
        find([tmp_path])
    with pytest.raises(InputError, match="link"):
        find([tmp_path / "link"])


def test_a_missing_path_is_an_error_with_a_suggestion(tmp_path):
    (tmp_path / "export.ndjson").write_bytes(TEXT)
    with pytest.raises(InputError, match=r"exprot\.ndjson: expected an existing file.*Did you mean .*export\.ndjson"):
        find([tmp_path / "exprot.ndjson"])
    with pytest.raises(InputError, match=r"existing file or folder\.$"):
        find([tmp_path / "no" / "such"])


def test_names_that_are_no_text_are_shown_as_well_as_can_be(tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9.json"
    try:
        with open(path, "wb") as stream:
            stream.write(TEXT)
    except OSError:
        pytest.skip("this file system takes only text as names")
    assert contents(tmp_path) == contents(os.fsdecode(path)) == {f"{tmp_path}/caf\ufffd.json": TEXT}


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000])
def test_an_impossible_path_is_an_error(path):
    with pytest.raises(InputError):
        find([path])


def test_a_pipe_is_an_error(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="a device or a pipe"):
        find([tmp_path / "pipe"])


def test_a_file_that_is_gone_when_it_is_read_is_an_error(tmp_path):
    (tmp_path / "a.json").write_bytes(TEXT)
    (file,) = find([tmp_path]).files
    (tmp_path / "a.json").unlink()
    with pytest.raises(InputError, match=r"a\.json: found 'No such file"):
        file.open()


@pytest.mark.parametrize("damage", ["truncated", "changed", "trailing garbage"])
def test_damaged_gzip_is_an_error(tmp_path, damage):
    packed = gzip.compress(os.urandom(10_000))
    broken = {
        "truncated": packed[:5000],
        "changed": packed[:5000] + b"\0\1\2" + packed[5003:],
        "trailing garbage": packed + b"\1\2\3",
    }
    (tmp_path / "a.gz").write_bytes(broken[damage])
    with pytest.raises(InputError, match=r"a\.gz: found .*, expected a file that can be read to its end"):
        contents(tmp_path)


def test_every_truncation_of_a_zip_is_an_error(tmp_path):
    whole = zipped(tmp_path / "a.zip", {"x.json": TEXT, "y.json": TEXT}).read_bytes()
    for end in range(4, len(whole)):
        (tmp_path / "a.zip").write_bytes(whole[:end])
        with pytest.raises(InputError):
            contents(tmp_path / "a.zip")


def test_a_changed_byte_in_a_zip_is_harmless_or_an_error(tmp_path):
    whole = zipped(tmp_path / "a.zip", {"x.json": TEXT}).read_bytes()
    for at in range(len(whole)):
        for byte in (0, 0x7F, 0xFF):
            (tmp_path / "a.zip").write_bytes(whole[:at] + bytes([byte]) + whole[at + 1 :])
            with suppress(InputError):
                contents(tmp_path / "a.zip")


@pytest.mark.parametrize("name", ["../x.json", "/x.json", "a/../../x.json", "..\\x.json", "C:\\x.json", "\\x.json"])
def test_names_outside_the_archive_are_refused(tmp_path, name):
    zipped(tmp_path / "a.zip", {"fine.json": TEXT, name: TEXT})
    with pytest.raises(InputError, match="names inside the archive"):
        find([tmp_path])


def test_encrypted_members_are_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", {"x.json": TEXT})
    packed = bytearray(path.read_bytes())
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(packed)
    with pytest.raises(InputError, match="without password"):
        find([path])


def test_an_archive_inside_an_archive_is_not_opened(tmp_path):
    inner = zipped(tmp_path / "inner.zip", {"x.json": TEXT}).read_bytes()
    assert contents(zipped(tmp_path / "a.zip", {"inner.zip": inner})) == {f"{tmp_path}/a.zip: inner.zip": inner}


class TestLimits:
    @pytest.fixture(autouse=True)
    def small(self, monkeypatch):
        monkeypatch.setattr(files, "MAX_FILES", 3)
        monkeypatch.setattr(files, "MAX_BYTES", 1_000_000)
        monkeypatch.setattr(files, "RATIO_FREE_BYTES", 100_000)

    def test_too_many_members(self, tmp_path):
        with pytest.raises(InputError, match="4 files"):
            find([zipped(tmp_path / "a.zip", {str(n): b"" for n in range(4)})])

    def test_too_many_files_in_a_folder(self, tmp_path):
        for n in range(4):
            (tmp_path / str(n)).touch()
        with pytest.raises(InputError, match="more than 3 files"):
            find([tmp_path])

    def test_too_many_bytes_in_a_zip(self, tmp_path):
        data = os.urandom(400_000)
        with pytest.raises(InputError, match="1200000 bytes unpacked"):
            find([zipped(tmp_path / "a.zip", {str(n): data for n in range(3)})])

    def test_too_many_bytes_in_a_gzip(self, tmp_path):
        (tmp_path / "a.gz").write_bytes(gzip.compress(os.urandom(1_100_000)))
        with pytest.raises(InputError, match="archive bomb"):
            contents(tmp_path)

    @pytest.mark.parametrize("suffix", [".gz", ".zip"])
    def test_too_dense(self, tmp_path, suffix):
        bomb = bytes(900_000)
        if suffix == ".gz":
            (tmp_path / "a.gz").write_bytes(gzip.compress(bomb))
        else:
            zipped(tmp_path / "a.zip", {"x": bomb})
        with pytest.raises(InputError, match="300 bytes for each packed byte"):
            contents(tmp_path)

    @pytest.mark.parametrize("suffix", [".gz", ".zip"])
    def test_dense_and_small_is_fine(self, tmp_path, suffix):
        text = b"[" + b" " * 90_000 + b"]"
        if suffix == ".gz":
            (tmp_path / "a.gz").write_bytes(gzip.compress(text))
        else:
            zipped(tmp_path / "a.zip", {"x": text})
        assert list(contents(tmp_path).values()) == [text]
