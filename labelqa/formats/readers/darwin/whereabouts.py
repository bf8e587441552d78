"""Who made a file and of which asset, where the file itself does not say: from the names of files and folders.

Darwin names a file after its item. Two patterns tell who, in this order:

- a file name that begins with a word for a labeler, a number and an underscore, as `annotator3_cat.json`; the rest is
  the item. The words are `WORDS`;
- the folder, as `ann/cat.json` and `bob/cat.json` (see `formats.folders`); folders of the item within its dataset are
  left aside.

Where the labelers of a word are numbered 1 to 9 at most, a further digit from 2 on is a further pass of that labeler:
`labeller12_` is the second pass of `labeller1`. So it is read only if every such pass covers some, not all, of the
items of its labeler, and nobody has a number such as 10 or 11; a warning names them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from labelqa.formats.files import File
from labelqa.formats.folders import base_name, labelers_of

WORDS = ("annotator", "coder", "expert", "grader", "labeler", "labeller", "observer", "rater", "reader", "reviewer")
"""Words that name a labeler in the name of a file or folder."""

_FILE = re.compile(rf"((?:{'|'.join(WORDS)})[-_ ]?)(\d{{1,4}})_(?=.)", re.IGNORECASE)
_PARTS = re.compile(r"([\\/]|: )")


@dataclass(frozen=True)
class Origin:
    """Where a file comes from.

    Parameters
    ----------
    labeler : str or None
        Who, by the names of file and folders; None if they do not tell.
    source : str
        What tells this label from another one of the same labeler and asset.
    prefix : str
        What the name of the item begins with that is not its own name.
    """

    labeler: str | None = None
    source: str = ""
    prefix: str = ""


@dataclass(frozen=True)
class Origins:
    """The origins of all files of an export, by name, and what was read as a further pass."""

    of: Mapping[str, Origin]
    passes: Mapping[str, str]


def origins(files: Sequence[File], items: Mapping[str, str]) -> Origins:
    """Tell the origins of files.

    Parameters
    ----------
    files : sequence of File
        All files of the export.
    items : mapping of str to str
        The folders of each file's item within its dataset, by the name of the file.
    """
    prefixes = {file.name: match for file in files if (match := _FILE.match(file.stem))}
    passes = _passes([(match[1], match[2], base_name(name)[match.end() :]) for name, match in prefixes.items()])
    plain = {file.name: _without(file, items.get(file.name, "")) for file in files if file.name not in prefixes}
    folders = labelers_of(list(plain.values())) if plain else {}
    of = {}
    for file in files:
        match = prefixes.get(file.name)
        if match is not None:
            who = match[1] + match[2]
            of[file.name] = Origin(passes.get(who, who), who, match[0])
        else:
            folder = folders[plain[file.name].name]
            of[file.name] = Origin(folder, folder or "")
    return Origins(of, passes)


def _without(file: File, of_item: str) -> File:
    """Give a file without the folders of its item within its dataset."""
    parts = _PARTS.split(file.name)  # every other one is what parts them
    inner = [part for part in re.split(r"[\\/]", of_item) if part]
    n_parts = 2 * len(inner)
    if not inner or len(parts) <= n_parts or parts[-n_parts - 1 : -1 : 2] != inner:
        return file
    return replace(file, name="".join([*parts[: -n_parts - 1], parts[-1]]), path=None)


def _passes(found: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """Find further passes: from the name of a pass to its labeler.

    Examples
    --------
    >>> _passes([("rater", "1", "a"), ("rater", "1", "b"), ("rater", "12", "b")])
    {'rater12': 'rater1'}
    >>> _passes([("rater", "1", "a"), ("rater", "1", "b"), ("rater", "11", "b"), ("rater", "12", "b")])
    {}
    """
    items: dict[str, dict[str, set[str]]] = {}
    for word, number, item in found:
        items.setdefault(word, {}).setdefault(number, set()).add(item)
    passes: dict[str, str] = {}
    for word, of_number in items.items():
        firsts = {number for number in of_number if len(number) == 1}
        further = of_number.keys() - firsts
        if all(
            len(number) == 2
            and number[0] in firsts
            and number[1] not in "01"
            and of_number[number] < of_number[number[0]]
            for number in further
        ):
            passes |= {word + number: word + number[0] for number in sorted(further)}
    return passes
