"""Why assets are rejected, as a table for those who get them back."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from labelqa.errors import UsageError
from labelqa.gates.verdict import Verdicts
from labelqa.report.folder import Drafts
from labelqa.report.tables import writer

UNREAD = "unread"


def path_of(rejects: str | Path) -> Path:
    """Name the table of what is rejected: it lies beside it.

    Examples
    --------
    >>> path_of("out/rejects.ndjson").name
    'rejects.ndjson.reasons.csv'
    """
    place = Path(rejects)
    return place.with_name(f"{place.name}.reasons.csv")


def table(verdicts: Verdicts, unread: pl.DataFrame) -> pl.DataFrame:
    """List what is rejected and why.

    Parameters
    ----------
    verdicts : Verdicts
    unread : polars.DataFrame
        file, record: what could not be read.

    Returns
    -------
    polars.DataFrame
        The columns of `Verdicts.rejected`, file and record; these two where something could not be read, else null.
    """
    lost = unread.with_columns(outcome=pl.lit("inconclusive"), reason=pl.lit(UNREAD))
    return pl.concat([verdicts.rejected, lost], how="diagonal")


def write(verdicts: Verdicts, unread: pl.DataFrame, rejects: str | Path) -> Path:
    """Write the table as CSV without live formulas beside what is rejected.

    Raises
    ------
    UsageError
        If it cannot be written.
    """
    place = path_of(rejects)
    try:
        with Drafts(place.absolute().parent) as drafts:
            drafts.add(place.name, writer(table(verdicts, unread), "csv"))
            drafts.put_in_place()
    except OSError as error:
        raise UsageError(f"{place}: cannot be written: {error.strerror or error}") from error
    return place
