"""Classes: the ontology's problems: what people cannot tell apart, rarely use, or never answer."""

from __future__ import annotations

import altair as alt
import polars as pl
import streamlit as st

from dashboard import confused, data, ontology
from dashboard.components import charts, colours, confusion, findings, numbers, page, tables
from dashboard.components.names import plain, safe

ICON = ":material/category:"

SIDES = ("One labeler", "Another")
MOST = 25
USES = {"usual": colours.ACCENT, "rare": colours.DOUBT, "never": colours.BAD}


@data.kept
def _classes(key, filters, _view) -> pl.DataFrame:  # noqa: ARG001
    return ontology.classes(_view.scores, _view.work())


@data.kept
def _questions(key, filters, _view) -> pl.DataFrame:  # noqa: ARG001
    return ontology.questions(_view.scores)


@data.kept
def _pairs(key, filters, question, _view) -> pl.DataFrame:  # noqa: ARG001
    return confused.pairs(_view.scores, question)


def _pairs_looked_at(view, question) -> pl.DataFrame:
    """List the pairs of classes with one that is looked at: how often they are met needs the others, too."""
    every = view.where(classes=())
    found, classes = _pairs(every.source.key, every.filters, question, every), view.filters.classes
    if not classes or question is not None:
        return found
    return found.filter(pl.any_horizontal(pl.col("class", "other_class").is_in(classes)))


@data.kept_few
def _behind(key, filters, question, cell, _view) -> pl.DataFrame:  # noqa: ARG001
    return confused.behind(_view.scores, "consensus", question, *cell)


def headline(classes, questions) -> st.delta_generator.DeltaGenerator:
    """Count the problems; give the place for how many classes most people confuse."""
    hardly = questions.filter(pl.col("answered") < ontology.HARDLY)
    never = questions.unique("question")["never"].list.len().sum() if questions.height else 0
    used = classes.filter(pl.col("use") != "never")
    rare = classes.filter(pl.col("use") == "rare")
    unused = classes.filter(pl.col("use") == "never")
    shown = [
        (
            "Classes in use",
            f"{used.height} of {classes.height}",
            "Classes of objects with an annotation, of those in the ontology.",
            _names(unused["class"], "never used"),
        ),
        (
            "Rare classes",
            str(rare.height),
            charts.word("use").meaning,
            _names(rare["class"], "") or f"n = {numbers.count(classes['n_annotations'].sum())} annotations",
        ),
        (
            "Questions hardly answered",
            f"{hardly.height} of {questions.height}",
            f"Questions that fewer than {ontology.HARDLY:.0%} of those asked answer.",
            _names(hardly["question"], ""),
        ),
        (
            "Answers never given",
            str(never),
            "Answers in the ontology that nobody gives.",
            _names(questions.filter(pl.col("never").list.len() > 0)["question"], "to"),
        ),
    ]
    first, confused_by_most, *rest = st.columns(len(shown) + 1)
    for column, tile in zip((first, *rest), shown, strict=True):
        with column:
            counted(*tile)
    return confused_by_most


def counted(title: str, value: str, about: str, note: str) -> None:
    """Draw a tile."""
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(title, value, help=about)
        st.caption(note or "\u00a0")


def beyond_chance(view, tile, listed) -> None:
    """Count and list the pairs of classes that most labelers confuse, in their places: it takes longest."""
    with listed:
        team = findings.asked(view)
    value, note, mixed = numbers.DASH, "being looked for", None
    if team is not None:
        mixed = team.findings.filter(pl.col("finding") == "confused_classes")
        tested = dict(team.detectors.select("finding", "n_tested").iter_rows())["confused_classes"]
        value, note = str(mixed.height), f"n = {numbers.count(tested)} pair{'s' * (tested != 1)} tested"
    with tile:
        counted(
            "Confused by most",
            value,
            "Pairs of classes that more than half of the labelers confuse, beyond chance.",
            note,
        )
    if mixed is None or mixed.is_empty():
        return
    with listed, st.container(border=True):
        st.markdown(
            "**Definitions that need work**",
            help="More than half of the labelers confuse these in more than 5 % of their objects, beyond chance.",
        )
        findings.listed(mixed, most=6, key="mixed", link=False)


def _names(names: pl.Series, before: str) -> str:
    """Name the first ones."""
    if names.is_empty():
        return ""
    first = ", ".join(safe(name, 24) for name in names.unique(maintain_order=True).head(2))
    more = names.n_unique() - 2
    return f"{before} {first}".strip() + (f" and {more} more" if more > 0 else "")


def told_apart(view) -> None:
    """Draw which classes are taken for each other, and the annotations behind a cell."""
    cells = confusion.cells(view, "consensus")
    if cells.is_empty():
        page.absent("No asset has labels by two people.", "What they take for what cannot be told without.")
        return
    left, right = st.columns([1, 1.1])
    with left, st.container(border=True, height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                "**What labelers take for what**",
                help="Two labels of one asset against each other, each pair both ways round; the stronger the colour, the "
                "greater the share of the row. Near misses are unmatched on both sides. Click a cell to see what is in it.",
            )
            question = confusion.subject(cells)
        shown = cells.filter(pl.col("question").eq_missing(question))
        if shown.is_empty():
            page.absent("No object was compared.")
            return
        cell = confusion.matrix(shown, sides=SIDES, key="matrix", between_equals=True)
    with right, st.container(border=True, height="stretch"):
        if cell is not None:
            st.markdown(confusion.told(cell, SIDES))
            rows = _behind(view.source.key, view.filters, question, cell, view)
            room = confusion.room(shown)
            confusion.listed(
                rows,
                "consensus",
                sides=("One says", "Other says"),
                labelers=("One", "Other"),
                key="behind",
                height=room,
            )
            return
        confused_pairs(view, question, confusion.room(shown))


def confused_pairs(view, question, height) -> None:
    """List the classes, or answers, that are taken for each other most often."""
    st.markdown(
        "**Taken for each other most often**",
        help="Of the objects that two labels have in one place and call by one of the two classes, the share they call "
        "differently; of answers, the same; with 95 % intervals, assets as clusters. Click a cell of the matrix to see "
        "annotations instead.",
    )
    found = _pairs_looked_at(view, question)
    if found.is_empty() and question is not None:
        page.absent("Where any number of answers can be given, none stands against another.", "See what is unmatched.")
        return
    if found.is_empty():
        st.markdown(":material/check_circle: No object has two classes.")
        return
    tables.table(
        found,
        ["class", "other_class", "confused", "n", "n_met"],
        titles={"class": "Class" if question is None else "Answer", "other_class": "and", "n": "Times", "n_met": "Of"},
        key="pairs",
        name="confused-classes",
        height=height if found.height > 8 else "auto",
    )


def agreement(agreed) -> None:
    """Draw how far labelers agree on each class, least first."""
    st.markdown(
        "**Agreement on each class**",
        help="Agreement restricted to the class, mean over assets with it, with 95 % intervals; least first. At the right, "
        "the assets.",
    )
    chart = charts.dots(agreed, "consensus", "title", n="n_assets_consensus", title="Consensus")
    charts.draw(chart, "agreement", says="Agreement on each class")


def used(known) -> None:
    """Draw how many annotations each class has, in the order given."""
    st.markdown("**How often it is used**", help="Annotations of each class. " + charts.word("use").meaning)
    rows = charts.shown(known.select("title", "n_annotations", "share", "n_assets", "use"), "title")
    names = [name for name in USES if (rows["use"] == name).any()]
    base = alt.Chart(rows).encode(
        alt.Y(
            field="title",
            type="nominal",
            sort=rows["title"].to_list(),
            title=None,
            axis=alt.Axis(labelLimit=180, ticks=False, domain=False),
        )
    )
    bars = base.mark_bar(cornerRadiusEnd=2, height=12).encode(
        alt.X(field="n_annotations", type="quantitative", title="Annotations", axis=alt.Axis(format="~s", tickCount=5)),
        alt.Color(
            field="use",
            type="nominal",
            scale=alt.Scale(domain=names, range=[USES[name] for name in names]),
            legend=None if names == ["usual"] else alt.Legend(orient="bottom", title=None),
        ),
        tooltip=charts.tip("title", "n_annotations", "share", "n_assets", "use"),
    )
    counts = base.mark_text(align="left", dx=8, fontSize=11, color=colours.MUTED).encode(
        alt.XValue("width"), text=alt.Text(field="n_annotations", type="quantitative", format=",.0f")
    )
    chart = alt.layer(bars, counts).properties(height=24 * rows.height + 80)
    charts.draw(chart, "used", says="Annotations of each class")


def by_class(classes) -> None:
    """Draw how far labelers agree on each class, beside how often it is used."""
    known = classes.filter(pl.col("n_annotations") > 0)
    titles = pl.Series("title", [plain(name, 36) for name in known["class"]], dtype=pl.String)
    known = known.with_columns(titles)
    if known["title"].n_unique() < known.height:
        known = known.with_columns(title=pl.concat_str("title", pl.lit(" · "), "kind"))
    known = known.sort("consensus", "title", nulls_last=True).head(MOST)
    agreed = known.filter(pl.col("consensus").is_not_null())
    left, right = st.columns([1.3, 1]) if agreed.height else (None, st.container())
    if left:
        with left, st.container(border=True, height="stretch"):
            agreement(agreed)
    with right, st.container(border=True, height="stretch"):
        used(known)
    if classes.height > MOST:
        st.caption(f"The {MOST} on which labelers agree least; all are in the table below.")


def asked(questions, what) -> None:
    """List the questions and who answers them."""
    st.subheader(
        "Questions",
        anchor=False,
        help="A question about the whole asset is asked of every label that was not skipped, one about objects of every object "
        "of the class. Who ticks nothing in a checklist gives no answer.",
    )
    if questions.is_empty():
        page.absent(f"{what} no questions.")
        return
    shown = questions.with_columns(
        pl.col("asked_of").fill_null("(every label)"), pl.col("never").list.join(", ").replace("", None)
    )
    tables.table(
        shown,
        ["question", "asked_of", "kind", "answered", "n_answered", "n_asked", "never"],
        titles={"question": "Question", "never": "Answers never given"},
        key="questions",
        name="questions",
        height=380 if shown.height > 10 else "auto",
    )


view = page.begin("Classes", "What is wrong with the ontology")
classes = _classes(view.source.key, view.filters, view)
questions = _questions(view.source.key, view.filters, view)
tile, listed = headline(classes, questions), st.container()
told_apart(view)
if (classes["n_annotations"] > 0).any():
    by_class(classes)
what = "Among what is chosen there are" if view.filters.classes else "This ontology has"
left, right = st.columns([1.25, 1])
with left:
    st.subheader("Classes", anchor=False, help="Classes of objects, the least used first.")
    if classes.is_empty():
        page.absent(f"{what} no classes of objects.")
    else:
        tables.table(
            classes,
            ["class", "kind", "use", "n_annotations", "n_labels", "n_assets", "consensus", "n_assets_consensus"],
            titles={"n_assets_consensus": "n"},
            key="classes",
            name="classes",
            height=380 if classes.height > 10 else "auto",
        )
with right:
    asked(questions, what)
beyond_chance(view, tile, listed)
