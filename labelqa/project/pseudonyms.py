"""Pseudonyms: labelers and reviewers replaced by keyed hashes, wherever a project names them.

A pseudonym is HMAC-SHA256 (RFC 2104) of the name under a key, cut to 32 bits: whoever has the key can tell whose it is, and the
same key gives the same pseudonym in every run and project. Names are replaced as labelers, reviewers and raisers of issues; and
where they are words of ids, file names, metadata or problems.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import polars as pl

from labelqa.errors import UsageError
from labelqa.project import schema
from labelqa.project.problems import ProblemLog

if TYPE_CHECKING:
    from labelqa.project.project import Project

LEAST_KEY = 16
"""Bytes that a key has at least."""

_DIGITS, _DIGITS_OF_ID = 8, 16
_AS_WORDS, _ANYWHERE = r"(?<![^\W_])(?:{})(?![^\W_])", "{}"
_LEAST_WORD = 3
"""Letters that a name has at least to be looked for everywhere; shorter ones, and numbers, only in the labeler's own."""


def pseudonym(name: str, key: bytes) -> str:
    """Give the pseudonym of a labeler.

    Examples
    --------
    >>> pseudonym("ann@example.com", b"a secret of 16 bytes or more")
    'labeler-b0c94a9a'
    """
    return f"labeler-{_digest(name, key)[:_DIGITS]}"


def _digest(text: str, key: bytes) -> str:
    return hmac.digest(key, text.encode(errors="surrogatepass"), "sha256").hex()


def checked_key(key: str | bytes) -> bytes:
    """Take a key.

    Raises
    ------
    UsageError
        If it is too short to be a secret.
    """
    data = key.encode() if isinstance(key, str) else bytes(key)
    if len(data) < LEAST_KEY:
        raise UsageError(f"A key for pseudonyms has at least {LEAST_KEY} bytes; found {len(data)}")
    return data


def with_pseudonyms(project: Project, key: bytes) -> Project:
    """Replace the names of a project; see `Project.with_pseudonyms`."""
    from labelqa.project.normalise import normalise
    from labelqa.project.raw import Raw
    from labelqa.project.subset import raw_tables

    raw = raw_tables(project)
    people = _people(raw.labelers["labeler"], raw.reviews["reviewer"], raw.issues["raised_by"])
    names = _Names(people, raw.labelers, key)
    own = raw.labels["labeler"]
    labels = raw.labels.with_columns(
        names.ids(raw.labels["project_id"], "project"),
        names.ids(raw.labels["asset_id"], "asset"),
        names.ids(raw.labels["label_id"], "label", _says(raw.labels["label_id"], own)),
        names.people(raw.labels["labeler"]),
        names.files(raw.labels["source"], raw.labels["labeler"]),
    )
    own_of_annotation = own.gather(raw.annotations["label"])
    annotation_id, parent_id = (
        names.ids(raw.annotations[column], "annotation", _says(raw.annotations[column], own_of_annotation))
        for column in ("annotation_id", "parent_id")
    )
    renamed = normalise(
        Raw(
            assets=raw.assets.with_columns(
                names.ids(raw.assets["project_id"], "project"),
                names.ids(raw.assets["asset_id"], "asset"),
                *(names.words(raw.assets[column]) for column in ("name", "batch", "dataset")),
                names.metadata(raw.assets["metadata"]),
            ),
            labels=labels,
            annotations=raw.annotations.with_columns(
                annotation_id,
                parent_id,
                names.words(raw.annotations["place"]),
                names.links(raw.annotations, own_of_annotation),
            ),
            labelers=raw.labelers.with_columns(names.people(raw.labelers["labeler"]), name=pl.lit(None, pl.String)),
            concepts=raw.concepts.with_columns(names.ids(raw.concepts["project_id"], "project")),
            reviews=names.remarks(raw.reviews, "reviewer"),
            issues=names.remarks(raw.issues, "raised_by"),
            sources=raw.sources.with_columns(names.files(raw.sources["file"], None)),
        ),
        ProblemLog(),
    )
    renamed_labels = pl.DataFrame({"old": raw.labels["label_id"], "new": labels["label_id"]})
    renamed_annotations = pl.DataFrame({"old": raw.annotations["annotation_id"], "new": annotation_id})
    texts = [column for column, dtype in project.problems.schema.items() if dtype == pl.String]
    problems = project.problems.with_columns(
        *(names.words(project.problems[column]) for column in texts if column not in ("file", "found")),
        names.files(project.problems["file"], None),
        names.found(project.problems["found"], pl.concat([renamed_labels, renamed_annotations])),
    )
    return renamed.with_problems(problems)


def _people(*columns: pl.Series) -> list[str]:
    return sorted({name for column in columns for name in column.cast(pl.String).drop_nulls().unique()})


def _is_short(name: pl.Expr) -> pl.Expr:
    return (name.str.len_chars() < _LEAST_WORD) | name.str.contains(r"^[0-9]+$")


def _says(texts: pl.Series, labelers: pl.Series) -> pl.Series:
    """Tell which texts of a labeler's own have the name in them: anywhere, but a short one as a word."""
    text, name = pl.col("text"), pl.col("name")
    table = pl.DataFrame([texts.cast(pl.String).alias("text"), labelers.cast(pl.String).alias("name")])
    local = name.str.replace("@[^@]*$", "")
    as_word = text.str.extract_all(r"[\p{L}\p{N}]+").list.contains(name)
    anywhere = text.str.to_lowercase().str.contains(local.str.to_lowercase(), literal=True)
    says = pl.when(_is_short(local)).then(as_word).otherwise(anywhere)
    return table.select(says.fill_null(False)).to_series()


class _Names:
    """The names of people, and what stands in their place."""

    def __init__(self, people: list[str], labelers: pl.DataFrame, key: bytes) -> None:
        self._key = key
        self._of = {name: pseudonym(name, key) for name in people}
        if len(set(self._of.values())) < len(self._of):
            raise UsageError("Two labelers get the same pseudonym under this key; take another key")
        shown = dict(labelers.select("labeler", "name").iter_rows())
        words: dict[str, str] = {}
        for name in people:
            local = name.rpartition("@")[0]
            for word in (name, local, shown.get(name) or ""):
                if len(word) >= _LEAST_WORD and not word.isdecimal():
                    words.setdefault(word.lower(), self._of[name])
        self._words = words
        self._patterns: dict[tuple[str, ...], re.Pattern[str]] = {}
        self._own_files: dict[str, str] = {}

    # --- columns -----------------------------------------------------------------------------------------------------

    def people(self, column: pl.Series) -> pl.Series:
        """Replace the names of people."""
        return _mapped(column, self._of)

    def ids(self, column: pl.Series, noun: str, also: pl.Series | None = None) -> pl.Series:
        """Replace ids that have a name in them, and those told by `also`, by hashes of their own, so that they differ."""
        text = column.cast(pl.String)
        rest = text if also is None else text.filter(~also)
        hashed = list(self._hits(rest)) + ([] if also is None else text.filter(also).drop_nulls().unique().to_list())
        new = {one: f"{noun}-{_digest(one, self._key)[:_DIGITS_OF_ID]}" for one in hashed}
        return _mapped(text, new)

    def words(self, column: pl.Series) -> pl.Series:
        """Replace names within texts."""
        return _mapped(column, self._hits(column.cast(pl.String)))

    def metadata(self, column: pl.Series) -> pl.Series:
        """Replace names within keys and values."""
        rows = pl.DataFrame([column]).with_row_index("row").explode("metadata", empty_as_null=False, keep_nulls=False)
        parts = rows.unnest("metadata")
        changed = parts.with_columns(self.words(parts["key"]), self.words(parts["value"]))
        some = changed.group_by("row").agg(metadata=pl.struct("key", "value").unique().sort())
        every = pl.DataFrame({"row": pl.int_range(len(column), dtype=pl.UInt32, eager=True)})
        joined = every.join(some, on="row", how="left", maintain_order="left")["metadata"]
        return joined.fill_null(pl.Series([[]], dtype=schema.METADATA)).cast(schema.METADATA)

    def links(self, annotations: pl.DataFrame, own: pl.Series) -> pl.Series:
        """Replace the ids at the ends of relations as they are replaced where they stand."""
        table = annotations.select("kind", "answer").with_columns(own.alias("own")).with_row_index("row")
        links = table.filter(pl.col("kind").cast(pl.String) == "relation")
        if links.is_empty():
            return annotations["answer"]
        ends = links.explode("answer", empty_as_null=False, keep_nulls=False)
        ends = ends.with_columns(self.ids(ends["answer"], "annotation", _says(ends["answer"], ends["own"])))
        changed = ends.group_by("row", maintain_order=True).agg("answer")
        both = table.select("row", "answer").join(changed, on="row", how="left", maintain_order="left")
        return both.select(pl.coalesce("answer_right", "answer").alias("answer")).to_series()

    def remarks(self, table: pl.DataFrame, who: str) -> pl.DataFrame:
        """Replace names in reviews or issues."""
        changed = table.with_columns(
            names.alias(column)
            for column, names in (
                ("project_id", self.ids(table["project_id"], "project")),
                ("asset_id", self.ids(table["asset_id"], "asset")),
                (who, self.people(table[who])),
            )
        )
        return changed.with_columns(self.words(changed["category"])) if "category" in changed.columns else changed

    def files(self, column: pl.Series, labelers: pl.Series | None) -> pl.Series:
        """Replace names within file names; where all of a file is one labeler's, that name wherever it is in them."""
        if labelers is not None:
            whose = pl.DataFrame([column.cast(pl.String).alias("file"), labelers.cast(pl.String).alias("own")])
            alone = whose.unique().filter((pl.len() == 1).over("file"))
            alone = alone.filter(_says(alone["file"], alone["own"]))
            self._own_files = {file: self._without(file, own) for file, own in alone.iter_rows()}
        text = column.cast(pl.String)
        return _mapped(text, {**self._own_files, **self._hits(text)})

    def found(self, column: pl.Series, ids: pl.DataFrame) -> pl.Series:
        """Replace names anywhere in what problems found; and ids (old, new), which are shown between quotes."""
        changed = ids.filter(pl.col("old") != pl.col("new")).unique()
        shown = changed.select(pl.format("'{}'", "old"), pl.format("'{}'", "new"))
        same = dict(shown.filter(pl.col("old").is_in(column.drop_nulls().unique().implode())).iter_rows())
        loose = {text: self._replaced(text, words, _ANYWHERE) for text, words in self._found(column)}
        return _mapped(column, {**loose, **same})

    # --- texts ------------------------------------------------------------------------------------------------------

    def _hits(self, column: pl.Series) -> dict[str, str]:
        """Find the texts of a column that have names as words in them, and replace these."""
        changed = ((text, self._replaced(text, words, _AS_WORDS)) for text, words in self._found(column))
        return {text: new for text, new in changed if new != text}

    def _found(self, column: pl.Series) -> Iterator[tuple[str, list[str]]]:
        """Find the texts of a column that names occur in, and which."""
        if not self._words:
            return
        terms = pl.lit(pl.Series(sorted({*self._words, *map(str.upper, self._words)}))).implode()
        text = pl.col("text").str
        some = pl.DataFrame({"text": column.drop_nulls().unique()})
        some = some.filter(text.contains_any(terms, ascii_case_insensitive=True))
        yield from some.with_columns(
            words=text.extract_many(terms, ascii_case_insensitive=True, overlapping=True)
        ).iter_rows()

    def _replaced(self, text: str, words: Iterable[str], where: str) -> str:
        """Replace words of a text, the longest first."""
        wanted = tuple(sorted({word.lower() for word in words}, key=lambda word: (-len(word), word)))
        if (where, *wanted) not in self._patterns:
            any_of = "|".join(map(re.escape, wanted))
            self._patterns[where, *wanted] = re.compile(where.format(any_of), re.IGNORECASE)
        return self._patterns[where, *wanted].sub(self._instead, text)

    def _instead(self, match: re.Match[str]) -> str:
        return self._words.get(
            match[0].lower(), "labeler"
        )  # a few letters change when they become large and small again

    def _without(self, text: str, name: str) -> str:
        """Replace a labeler's name in a text of their own."""
        local = name.rpartition("@")[0] or name
        is_short = len(local) < _LEAST_WORD or local.isdecimal()
        pattern = _AS_WORDS.format(re.escape(local)) if is_short else f"{re.escape(name)}|{re.escape(local)}"
        return re.sub(pattern, self._of[name], text, flags=re.IGNORECASE)


def _mapped(column: pl.Series, new: dict[str, str]) -> pl.Series:
    """Replace the values that are named, keep the others."""
    text = column.cast(pl.String)
    return text.replace(list(new), list(new.values())) if new else text
