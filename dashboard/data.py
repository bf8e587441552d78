"""What the pages show: the only module of the dashboard that calls labelqa.

An export is read and scored once for all sessions, a filtered view once for each filter; the tables are shared between
sessions and never changed. Nothing is computed that no page asks for.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

import labelqa
from dashboard.settings import Settings, stamps

LabelqaError = labelqa.LabelqaError
PATIENCE = 0.3
"""Seconds that a page waits for what is worked out beside it, before it says so."""

SUFFIXES = ("json", "ndjson", "jsonl", "csv", "tsv", "xml", "zip", "gz", "tar", "parquet", "txt")
"""What may be dropped on the page; what is in it is found out in reading."""


@dataclass(frozen=True)
class Upload:
    """A file that somebody dropped on the page; `key` names its content for the cache."""

    key: str
    name: str
    content: bytes = field(repr=False, compare=False, hash=False)


@dataclass(frozen=True)
class Filters:
    """What is looked at. Empty: everything. Dates are days in the time zone of the dashboard, the last included."""

    project: tuple[str, ...] = ()
    batch: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    labeler: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    def __bool__(self) -> bool:
        return self != Filters()

    @property
    def content(self) -> Filters:
        """The filters that change what agreement is about; the others only choose whose labels are looked at."""
        return Filters(classes=self.classes, role=self.role)

    def conditions(self, tz: str) -> dict[str, Any]:
        """Give them as `labelqa.Scores.select` takes them."""
        zone = ZoneInfo(tz)

        def start(day: date | None, plus: int = 0) -> datetime | None:
            return None if day is None else datetime.combine(day + timedelta(plus), time(), zone)

        return {
            "projects": self.project or None,
            "batches": self.batch or None,
            "classes": self.classes or None,
            "labelers": self.labeler or None,
            "roles": self.role or None,
            "since": start(self.since),
            "until": start(self.until, 1),
        }


@dataclass(frozen=True)
class Choices:
    """What can be filtered by: the names that occur."""

    project: tuple[str, ...]
    batch: tuple[str, ...]
    classes: tuple[str, ...]
    labeler: tuple[str, ...]
    role: tuple[str, ...]
    first: date | None
    last: date | None


@dataclass(frozen=True)
class Source:
    """Where the data comes from: what the dashboard was started with, or a file dropped on the page."""

    settings: Settings
    upload: Upload | None = None

    @cached_property
    def key(self) -> str:
        """Name the state of the data and how it is looked at."""
        return repr((self.settings, self.upload.key if self.upload else stamps(self.settings.paths)))

    @property
    def title(self) -> str:
        """What to call it."""
        if self.upload:
            return self.upload.name
        return ", ".join(Path(path).name for path in self.settings.paths) or "demo project"

    @property
    def cache(self) -> str | None:
        """The folder in which what was worked out is kept; None for what was only shown, or has new pseudonyms each time."""
        return None if self.upload or self.settings.pseudonyms else self.settings.cache

    @property
    def project(self) -> labelqa.Project:
        """The whole project."""
        return _project(self.key, self)

    @property
    def choices(self) -> Choices:
        """What can be filtered by."""
        return _choices(self.key, self)

    @property
    def images(self) -> labelqa.ImageFolder | None:
        """The folder of the assets' images, the only place they are read from; None without one."""
        return _images(self.settings.images)

    @property
    def everybody(self) -> list[str | None]:
        """The labelers of the whole project in their order, for colours."""
        return self.project.labelers["labeler"].to_list()


@dataclass(frozen=True)
class View:
    """A source as filtered: what a page draws. Its tables are made when they are first asked for."""

    source: Source
    filters: Filters

    @property
    def whole(self) -> View:
        """The same source without filters."""
        return replace(self, filters=Filters())

    def where(self, **changes: Any) -> View:
        """Give the same source with other filters, such as `view.where(labeler=("ana",))`."""
        return replace(self, filters=replace(self.filters, **changes))

    @property
    def content(self) -> View:
        """The same source with only the filters that change what agreement is about."""
        return replace(self, filters=self.filters.content)

    @property
    def scores(self) -> labelqa.Scores:
        """The quality tables of what is looked at; see `labelqa.Scores`."""
        return _scores(self.source.key, self.filters, self)

    def work(self, every: str = "day") -> labelqa.Workforce:
        """The tables of work, with timelines of that period; see `labelqa.Workforce`."""
        return _work(self.source.key, self.filters, every, self)

    def found(self) -> labelqa.Workforce | None:
        """Give the work with what there is to act on in it; None while that is still looked for, beside the page.

        A page that needs it draws all else first, and `components.findings.asked` where it is shown.
        """
        looking = _looking(self.source.key, self.filters, self)
        try:
            return looking.result(PATIENCE)
        except TimeoutError:
            return None

    def what_if(self, labels_per_asset: int | None, more_labelers: int, per_hour: float | None) -> pl.DataFrame:
        """Forecast the projects looked at under another plan, whoever's labels are; see `labelqa.Workforce.what_if`.

        `per_hour` is paid to everybody in the place of what the rate card says.
        """
        rates = None if per_hour is None else {"currency": "any", "default": {"per_hour": per_hour}}
        plan = self.whole.work().what_if(labels_per_asset=labels_per_asset, more_labelers=more_labelers, rates=rates)
        names = self.filters.project
        return plan.filter(pl.col("project_id").is_in(names)) if names else plan

    def drawing(self, project_id: str, asset_id: str, **how: Any) -> tuple[str, str]:
        """Draw an asset, over its image if there is one: SVG, and why the image is not drawn, or nothing.

        `how` is hashable, and as `labelqa.draw` takes it.
        """
        return _drawing(self.source.key, self.filters, project_id, asset_id, tuple(how.items()), self)

    @property
    def policy(self) -> labelqa.Policy | None:
        """The policy that the dashboard was started with."""
        path = self.source.settings.policy
        return None if path is None else labelqa.Policy.of(path)

    @property
    def starting_policy(self) -> labelqa.Policy:
        """A policy that what is looked at passes."""
        return labelqa.Policy.parse(_starting_policy(self.source.key, self.filters, self), "The policy to begin with")

    @property
    def verdicts(self) -> labelqa.Verdicts | None:
        """What the policy says of it; None without a policy."""
        return None if self.policy is None else self.held_against(self.policy)

    def held_against(self, policy: labelqa.Policy) -> labelqa.Verdicts:
        """What a policy says of it."""
        return _verdicts(self.source.key, self.filters, policy.text, policy, self)

    @property
    def tz(self) -> str:
        """The time zone of days and periods."""
        return self.source.settings.tz


# --- cached: keyed by the source's state and the filters; arguments with _ do not count -----------------------------


@st.cache_resource(max_entries=3, show_spinner="Reading the export …")
def _project(key: str, _source: Source) -> labelqa.Project:  # noqa: ARG001
    settings = _source.settings
    how = {"format": settings.format, "benchmark": settings.benchmark or None}
    if _source.upload:
        with tempfile.TemporaryDirectory(prefix="labelqa-") as folder:
            path = Path(folder) / f"upload{''.join(_suffixes(_source.upload.name))}"
            path.write_bytes(_source.upload.content)
            return _shown(labelqa.read(path, **how), settings)
    if settings.paths:
        return _shown(labelqa.read(list(settings.paths), cache=settings.cache, **how), settings)
    assets, labelers, seed = settings.demo
    return labelqa.demo(assets, labelers, seed)


def _shown(project: labelqa.Project, settings: Settings) -> labelqa.Project:
    """Put pseudonyms in the place of names, if they are asked for; the key is in the environment, for nobody to see."""
    return project.with_pseudonyms(os.environ.get("LABELQA_PSEUDONYM_KEY")) if settings.pseudonyms else project


def _suffixes(name: str) -> list[str]:
    """Keep the endings of a file's name that say what it is."""
    return [suffix for suffix in Path(name).suffixes[-2:] if suffix[1:].lower() in SUFFIXES]


@st.cache_resource(max_entries=3, show_spinner=False)
def _choices(key: str, _source: Source) -> Choices:  # noqa: ARG001
    project = _source.project
    days = project.labels.filter(pl.col("role") == "submitted")["created_at"]
    days = days.dt.convert_time_zone(_source.settings.tz).dt.date()

    def names(column: pl.Series) -> tuple[str, ...]:
        return tuple(column.drop_nulls().cast(pl.String).unique().sort().to_list())

    return Choices(
        names(project.assets["project_id"]),
        names(project.assets["batch"]),
        names(project.ontology["class"]),
        names(project.labels.filter(pl.col("role") == "submitted")["labeler"]),
        names(project.labels["role"]),
        days.min(),  # type: ignore[arg-type]
        days.max(),  # type: ignore[arg-type]
    )


@st.cache_resource(max_entries=10, show_spinner="Scoring …")
def _scores(key: str, filters: Filters, _view: View) -> labelqa.Scores:  # noqa: ARG001
    settings = _view.source.settings
    if not filters:
        return labelqa.score(_view.source.project, settings.scheme, cache=_view.source.cache)
    around = _view.whole if filters == filters.content else _view.content
    return around.scores.select(**filters.conditions(_view.tz))


@st.cache_resource(max_entries=10, show_spinner="Measuring the work …")
def _work(key: str, filters: Filters, every: str, _view: View) -> labelqa.Workforce:  # noqa: ARG001
    settings = _view.source.settings
    if every != "day":
        return _view.work().select(every=every)
    if not filters:
        return labelqa.workforce(
            _view.source.project,
            scores=_view.scores,
            tz=settings.tz,
            rates=settings.rates,
            cache=_view.source.cache,
        )
    around = _view.whole if filters == filters.content else _view.content
    return around.work().select(scores=_view.scores)


_SEARCHING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="findings")


@st.cache_resource(max_entries=10, show_spinner=False)
def _looking(key: str, filters: Filters, _view: View) -> Future[labelqa.Workforce]:  # noqa: ARG001
    return _SEARCHING.submit(_searched, _view.work())


def _searched(team: labelqa.Workforce) -> labelqa.Workforce:
    _ = team.findings  # they are looked for when somebody asks for them
    return team


@st.cache_resource(max_entries=2, show_spinner="Looking at the folder of images …")
def _images(folder: str | None) -> labelqa.ImageFolder | None:
    return None if folder is None else labelqa.ImageFolder(folder)


@st.cache_resource(max_entries=256, show_spinner=False)
def _drawing(
    key: str,  # noqa: ARG001
    filters: Filters,  # noqa: ARG001
    project_id: str,
    asset_id: str,
    how: tuple[tuple[str, Any], ...],
    _view: View,
) -> tuple[str, str]:
    comparison, images = _view.scores.comparison, _view.source.images
    given = {"project_id": project_id, **dict(how)}
    name = comparison.project.assets.filter(pl.col("asset_id") == asset_id, pl.col("project_id") == project_id)["name"]
    image = images.find(name[0], asset_id) if images and len(name) else None
    try:
        return labelqa.draw(comparison, asset_id, image=image, **given).svg, ""
    except LabelqaError as error:  # an image that cannot be shown takes nothing from the drawing
        if image is None:
            raise
        return labelqa.draw(comparison, asset_id, **given).svg, str(error)


@st.cache_resource(max_entries=8, show_spinner="Holding it against the policy …")
def _verdicts(key: str, filters: Filters, text: str, _policy: labelqa.Policy, _view: View) -> labelqa.Verdicts:  # noqa: ARG001
    return labelqa.gate(_view.scores, _policy, rates=_view.source.settings.rates)


@st.cache_resource(max_entries=8, show_spinner="Making a policy to begin with …")
def _starting_policy(key: str, filters: Filters, _view: View) -> str:  # noqa: ARG001
    return labelqa.starting_policy(_view.scores)


def csv(table: pl.DataFrame) -> bytes:
    """Write a table as CSV without live formulas."""
    return labelqa.as_csv(table)


def intervals(group: pl.Series, n_groups: int, above: pl.Series, below: pl.Series, limits: tuple[float, float]) -> Any:
    """Estimate ratios of sums over assets; see `labelqa.cluster_interval`."""
    return labelqa.cluster_interval(group, n_groups, above, below, limits=limits)


kept: Callable[..., Any] = st.cache_resource(max_entries=32, show_spinner=False)
"""Decorator for what a page works out of a view's tables; give it `view.source.key` and `view.filters` as its key."""

kept_few: Callable[..., Any] = st.cache_resource(max_entries=4, show_spinner=False)
"""The same for tables as large as the match table."""
