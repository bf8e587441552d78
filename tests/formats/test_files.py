"""Finding files, and archives that mean harm."""

import gzip
import io
import os
import tarfile
import zipfile
from contextlib import suppress
from dataclasses import replace

import pytest

from labelqa.errors import InputError
from labelqa.formats import files, tarball
from labelqa.formats.files import find
from tests.conftest import random_project

TEXT = b'{"a": 1}\n' * 50


def zipped(path, members, **how):
    with zipfile.ZipFile(path, "w", **({"compression": zipfile.ZIP_DEFLATED} | how)) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def tarred(path, members, packing="gz"):
    """Write a tar archive; a member is its content, or a function that changes its header."""
    with tarfile.open(path, f"w:{packing}") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            if callable(data):
                data(entry)
                archive.addfile(entry)
            else:
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
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


@pytest.mark.parametrize("packing", ["", "gz"])
def test_tar_archives_are_opened_packed_or_not(tmp_path, packing):
    def folder(entry):
        entry.type = tarfile.DIRTYPE

    long = "deep/" * 60 + "name.json"
    members = {"in": folder, "./in/b.json": TEXT, "a.json": b"{}", "empty.json": b"", long: b"[]"}
    hidden = {"in/._b.json": b"", ".hidden/c.json": b"", "__MACOSX/d.json": b""}
    path = tarred(tmp_path / "export", members | hidden, packing)
    found = find([path]).files
    assert [(file.stem, file.size) for file in found] == [("a", 2), ("name", 2), ("empty", 0), ("b", len(TEXT))]
    expected = {"a.json": b"{}", long: b"[]", "empty.json": b"", "in/b.json": TEXT}
    assert contents(path) == {f"{path}: {name}": content for name, content in expected.items()}
    assert contents(path) == contents(path)
    done = []
    with replace(found[-1], watch=done.append).open() as stream:
        assert stream.read() == TEXT
    assert done[-1] == len(TEXT)


@pytest.mark.parametrize("packing", ["", "gz"])
def test_a_tar_that_is_cut_off_is_an_error(tmp_path, packing):
    random = {"x.json": os.urandom(600), "y.json": os.urandom(600)}
    whole = tarred(tmp_path / "a", random, packing).read_bytes()
    used = 4 * 512 + 2 * 512 + 512  # two headers with two blocks each, and the first block of zeros that ends it
    for end in range(513, len(whole) if packing else used, 7):
        (tmp_path / "a").write_bytes(whole[:end])
        with pytest.raises(InputError):
            contents(tmp_path / "a")


@pytest.mark.parametrize("packing", ["", "gz"])
def test_a_changed_byte_in_a_tar_is_harmless_or_an_error(tmp_path, packing):
    whole = tarred(tmp_path / "a", {"x.json": TEXT, "y.json": TEXT}, packing).read_bytes()
    for at in range(0, min(len(whole), 4096), 3):
        (tmp_path / "a").write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        with suppress(InputError):
            contents(tmp_path / "a")


@pytest.mark.parametrize("name", ["../x.json", "/x.json", "a/../../x.json", "..\\x.json", "C:\\x.json", "\\x.json"])
def test_names_outside_a_tar_are_refused(tmp_path, name):
    with pytest.raises(InputError, match="names inside the archive"):
        find([tarred(tmp_path / "a.tar", {"fine.json": TEXT, name: TEXT})])


@pytest.mark.parametrize(
    ("type", "what"),
    [
        (tarfile.SYMTYPE, "a link"),
        (tarfile.LNKTYPE, "a link"),
        (tarfile.CHRTYPE, "a device"),
        (tarfile.FIFOTYPE, "pipe"),
    ],
)
def test_links_and_devices_in_a_tar_are_refused(tmp_path, type, what):
    def special(entry):
        entry.type, entry.linkname = type, "/etc/passwd"

    with pytest.raises(InputError, match=f"x: .*{what}.*plain files"):
        find([tarred(tmp_path / "a.tar.gz", {"fine.json": TEXT, "x": special})])


def test_an_endless_name_in_a_tar_is_refused(tmp_path):
    entry = tarfile.TarInfo("././@LongLink")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, 1 << 40
    (tmp_path / "a.tar").write_bytes(entry.tobuf(tarfile.GNU_FORMAT) + bytes(10_000))
    with pytest.raises(InputError, match="a member name of 1099511627776 bytes"):
        find([tmp_path / "a.tar"])


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

    def test_too_many_files_in_a_tar(self, tmp_path):
        with pytest.raises(InputError, match="at most 3 files"):
            find([tarred(tmp_path / "a.tar", {str(n): b"" for n in range(4)})])

    def test_too_many_bytes_in_a_tar(self, tmp_path):
        data = os.urandom(400_000)
        with pytest.raises(InputError, match="archive bomb"):
            contents(tarred(tmp_path / "a.tar.gz", {str(n): data for n in range(3)}))

    def test_too_much_to_hold_of_a_tar(self, tmp_path, monkeypatch):
        monkeypatch.setattr(tarball, "MAX_HELD_BYTES", 1000)
        with pytest.raises(InputError, match=r"memory.*Unpack it first"):
            find([tarred(tmp_path / "a.tar.gz", {str(n): os.urandom(600) for n in range(2)})])
        assert len(find([tarred(tmp_path / "a.tar", {str(n): os.urandom(600) for n in range(2)}, "")]).files) == 2

    @pytest.mark.parametrize("suffix", [".gz", ".zip", ".tar.gz"])
    def test_too_dense(self, tmp_path, suffix):
        bomb = bytes(900_000)
        if suffix == ".tar.gz":
            tarred(tmp_path / "a.tar.gz", {"x": bomb})
        elif suffix == ".gz":
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
