"""Gates: what the policy says, with the rows behind it; and what other limits would change."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard.components import numbers, page, tables
from dashboard.components.names import plain, safe
from dashboard.data import LabelqaError

ICON = ":material/rule:"

SIGNS = {"pass": ":material/check_circle:", "fail": ":material/cancel:", "inconclusive": ":material/help:"}
COLOURS = {"pass": "green", "fail": "red", "inconclusive": "orange"}
SHOWN = {"pass": "✓ pass", "fail": "✗ fail", "inconclusive": "? inconclusive"}
EVIDENCE = (
    "estimate: the value decides. assure: passes only if the one-sided 95 % bound clears the limit. "
    "detect: fails only if the bound on the other side misses it (Holm over the rows)."
)


def policy_of(view):
    """Take the policy given, else one to begin with."""
    if view.policy is not None:
        return view.policy
    st.info(
        "No policy was given with `--policy`: this one holds what is looked at to its present figures, so that it passes. "
        "Change its limits, download it, and give it to `labelqa gate`.",
        icon=":material/lightbulb:",
    )
    return view.starting_policy


def headline(verdicts, before) -> None:
    """Say whether the pipeline goes on, and what the limits as edited change."""
    table = verdicts.table
    counts = [f"{table.filter(pl.col('outcome') == one).height} {one}" for one in SIGNS]
    stops = table.filter("blocks").height
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(verdicts.outcome, icon=SIGNS[verdicts.outcome], color=COLOURS[verdicts.outcome])
        st.markdown(
            f"{', '.join(counts)} · {stops} {'rule stops' if stops == 1 else 'rules stop'} the pipeline "
            f"· exit code {verdicts.exit_code}"
        )
    if before is None:
        return
    changed = before.table.select("rule", was="outcome").join(table.select("rule", "outcome"), on="rule")
    changed = changed.filter(pl.col("was") != pl.col("outcome"))
    for rule, was, now in changed.head(8).iter_rows():
        st.markdown(f":material/change_history: {safe(rule)}: {was} → **{now}** with the limits below")
    if changed.is_empty():
        st.caption("With the limits as edited every rule comes out as before.")


def rules(verdicts) -> dict[str, float]:
    """Draw the rules, limits to be edited; give the limits that were."""
    table = verdicts.table
    limit = pl.coalesce("at_least", "at_most")
    sign = pl.when(pl.col("at_least").is_not_null()).then(pl.lit("at least")).otherwise(pl.lit("at most"))
    shown = table.select(
        pl.Series("rule", [plain(name) for name in table["rule"]], dtype=pl.String),
        pl.col("outcome").replace_strict(SHOWN, return_dtype=pl.String),
        "level",
        "measure",
        sign.alias("is"),
        limit.alias("limit"),
        "value",
        "bound",
        "n",
        "n_offending",
        "evidence",
        "severity",
    )
    edited = st.data_editor(
        shown,
        hide_index=True,
        key="limits",
        disabled=[name for name in shown.columns if name != "limit"],
        column_config={
            "rule": st.column_config.TextColumn("Rule", width="medium"),
            "outcome": st.column_config.TextColumn("Outcome"),
            "level": "Level",
            "measure": "Measure",
            "is": "",
            "limit": st.column_config.NumberColumn(
                "Limit ✎", help="Double-click to try another one.", format="%.6g", min_value=0.0, required=True
            ),
            "value": st.column_config.NumberColumn("Value", help="Of the row that decides.", format="%.5g"),
            "bound": st.column_config.NumberColumn("Bound", help="The one-sided bound that decides.", format="%.5g"),
            "n": st.column_config.NumberColumn("n", format="localized"),
            "n_offending": st.column_config.NumberColumn("Rows not passing", format="localized"),
            "evidence": st.column_config.TextColumn("Evidence", help=EVIDENCE),
            "severity": st.column_config.TextColumn("Severity", help="A warning never stops the pipeline."),
        },
    )
    new = pl.DataFrame(edited)["limit"].to_list()
    return {
        rule: float(limit)
        for rule, limit, old in zip(table["rule"], new, shown["limit"], strict=True)
        if limit is not None and limit != old
    }


def evidence(verdicts) -> None:
    """Draw the rows behind one rule."""
    st.subheader("Evidence", anchor=False, help="One row a member of the rule's level; those that do not pass first.")
    found = {one.name: one for one in verdicts.verdicts}
    order = sorted(found, key=lambda name: ("fail", "inconclusive", "pass").index(found[name].outcome))
    chosen = st.selectbox("Rule", order, format_func=plain, key="rule", bind="query-params", persist_state="session")
    one = found.get(chosen)
    if one is None:
        return
    rule, side = one.rule, "at least" if one.rule.is_floor else "at most"
    reason = f" · {one.reason.replace('_', ' ')}" if one.reason else ""
    st.markdown(
        f"{SIGNS[one.outcome]} {rule.measure} of each {safe(rule.level)} is {side} **{rule.limit:g}**, by {rule.evidence} · "
        f"{numbers.count(one.offending.height)} of {numbers.count(one.rows.height)} rows do not pass{reason}"
    )
    if one.rows.is_empty():
        page.absent("There is no row to hold to it in what is looked at.")
        return
    rows = one.rows.with_columns(pl.col("outcome").replace_strict(SHOWN, return_dtype=pl.String))
    value = "value" if rule.unit == "share" else "figure"  # a bar for shares, else the number
    rows = rows.rename({"value": value, "bound": "deciding_bound"})
    columns = [*one.names, value, *(["deciding_bound"] if one.method != "none" else []), "n", "outcome", "reason"]
    is_asset = rule.level in ("asset", "label")
    row = tables.table(
        rows,
        columns,
        key=f"rows-{rule.name}",
        name="evidence",
        height=380 if rows.height > 10 else "auto",
        select=is_asset,
        titles={"figure": "Value", "deciding_bound": "Bound"},
    )
    if row is not None:
        relation = rule.measure if rule.measure in page.RELATIONS else None
        page.open_asset(rows.row(row, named=True), relation)


view = page.begin("Gates", "Does this meet the policy, and what would other limits change")
try:
    policy = policy_of(view)
    as_given = view.held_against(policy)
except LabelqaError as error:
    page.failed(error)
top = st.container()
limits = rules(as_given)
tried = policy
if limits:
    try:
        tried = policy.with_limits(limits)
        verdicts = view.held_against(tried)
    except LabelqaError as error:
        st.error("This limit cannot be.", icon=":material/error:")
        st.code(str(error), language=None, wrap_lines=True)
        tried, verdicts = policy, as_given
else:
    verdicts = as_given
with top:
    headline(verdicts, as_given if tried is not policy else None)
with st.container(horizontal=True, horizontal_alignment="right"):
    st.download_button(
        "Policy with these limits" if limits else "Policy",
        tried.text,
        "quality.toml",
        "application/toml",
        key="policy",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        help="For `labelqa gate EXPORT --policy quality.toml`.",
    )
evidence(verdicts)
