"""Workforce numbers of real exports, beside the files' own content counted in a few plain lines."""

import csv
import json
import math
from collections import defaultdict
from datetime import datetime
from statistics import median

import polars as pl
import pytest

import labelqa
from labelqa.measures.workforce.workforce import workforce
from tests.measures.workforce.small import rows_of


def nearest_rank(values):
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


@pytest.fixture(scope="module")
def pedestrians(data):
    labels = {}
    with (data / "pedestrians" / "table.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            label = labels.setdefault(row["label_id"], row | {"n": 0})
            label["n"] += bool(row["class"])
    return list(labels.values()), labelqa.read(data / "pedestrians" / "table.csv")


def test_pedestrians_by_hand(pedestrians):
    labels, project = pedestrians
    work = workforce(project, rates={"currency": "USD", "default": {"per_hour": 9, "per_label": 0.01}}, every="hour")
    mine = [row for row in labels if row["role"] == "submitted"]
    cap = nearest_rank([float(row["seconds"]) for row in mine if row["seconds"]])
    (total,) = work.project.to_dicts()
    assert (total["n_labels"], total["n_annotations"], total["cap_seconds"]) == (10_136, 11_765, cap)

    of_labeler = defaultdict(list)
    for row in mine:
        of_labeler[row["labeler"]].append(row)
    table = rows_of(work.labelers, "labeler")
    assert set(table) == set(of_labeler)  # 43 people, not the expert
    assert len(table) == 43
    for labeler, rows in of_labeler.items():
        found, times = table[labeler], [float(row["seconds"]) for row in rows if row["seconds"]]
        active = [min(seconds, cap) for seconds in times]
        assert found["n_labels"] == len(rows)
        assert found["n_annotations"] == sum(row["n"] for row in rows)
        assert found["labeling_seconds"] == pytest.approx(sum(times))
        assert found["active_seconds"] == pytest.approx(sum(active))
        assert found["seconds_per_label"] == pytest.approx(sum(active) / len(times))
        assert found["labels_per_hour"] == pytest.approx(3600 * len(times) / sum(active))
        assert found["n_timed"] == len(times)
        assert found["cost"] == pytest.approx(9 * sum(active) / 3600 + 0.01 * len(times))

    hours = defaultdict(int)
    for row in mine:
        hours[row["created_at"][:13]] += 1
    assert {f"{period:%Y-%m-%dT%H}": n for period, n in work.timeline.select("period", "n_labels").iter_rows()} == hours
    for frame in (work.labelers, work.timeline, work.labeler_timeline, work.classes, work.batches):
        for name in ("n_annotations", "labeling_seconds", "active_seconds", "cost"):
            assert frame[name].sum() == pytest.approx(total[name])


def test_pedestrians_sittings_by_hand(pedestrians):
    labels, project = pedestrians
    work = workforce(project)
    cap = work.project["cap_seconds"].item()
    rows = [row for row in labels if row["labeler"] == "worker-16" and row["role"] == "submitted"]
    rows.sort(key=lambda row: row["created_at"])
    sittings, before = 0, None
    for row in rows:
        now = datetime.fromisoformat(row["created_at"])
        if before is not None:
            gap = (now - before).total_seconds()
            idle = gap - min(gap, min(float(row["seconds"] or 0), cap))
        if before is None or idle > 1800:
            sittings += 1
        before = now
    assert work.sittings.filter(pl.col("labeler") == "worker-16").height == sittings


def test_the_labelbox_layout_gives_the_same_times(data, pedestrians):
    theirs = workforce(labelqa.read(data / "pedestrians" / "labelbox.ndjson")).labelers
    ours = workforce(pedestrians[1]).labelers
    for name in ("n_labels", "n_annotations", "active_seconds", "n_timed"):
        assert theirs[name].to_list() == pytest.approx(ours[name].to_list())


def test_the_labelbox_layout_says_how_many_labels_are_asked_for(data):
    work = workforce(labelqa.read(data / "pedestrians" / "labelbox.ndjson"))
    assert work.how["forecast"]["labels_per_asset"] == "stated"
    assert work.project["labels_per_asset"].to_list() == [7]


def test_cats_by_hand(data):
    seconds = defaultdict(list)
    with (data / "cats" / "cat-project-classifications.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            about = json.loads(row["metadata"])
            began, ended = (
                datetime.fromisoformat(about[name].replace("Z", "+00:00")) for name in ("started_at", "finished_at")
            )
            seconds[row["user_name"]].append((ended - began).total_seconds())
    work = workforce(labelqa.read(data / "cats" / "cat-project-classifications.csv"))
    cap = nearest_rank([one for times in seconds.values() for one in times])
    assert work.project["cap_seconds"].item() == pytest.approx(cap)
    table = rows_of(work.labelers, "labeler")
    assert set(table) == set(seconds)
    for labeler, times in seconds.items():
        assert table[labeler]["n_labels"] == len(times)
        assert table[labeler]["labeling_seconds"] == pytest.approx(sum(times))
        assert table[labeler]["active_seconds"] == pytest.approx(sum(min(one, cap) for one in times))


def test_labelbox_masks_by_hand(data):
    """One label of 4,739 seconds; four sent back, two of them approved later; the median wait of a verdict."""
    path = data / "formats" / "labelbox" / "v2_image_masks_full_details.ndjson"
    seconds, review, verdicts, waits, created = {}, {}, defaultdict(list), [], {}
    for line in path.read_text().splitlines():
        for project in json.loads(line)["projects"].values():
            (label,) = project["labels"]
            seconds[label["id"]] = label["performance_details"]["seconds_to_create"]
            review[label["id"]] = label["performance_details"]["seconds_to_review"]
            created[label["id"]] = datetime.fromisoformat(label["label_details"]["created_at"])
            for step in project["project_details"]["workflow_history"]:
                if step["action"] in ("Approve", "Reject"):
                    verdicts[label["id"]].append((datetime.fromisoformat(step["created_at"]), step["action"]))
    work = workforce(labelqa.read(path))
    (total,) = work.project.to_dicts()
    cap, review_cap = nearest_rank(seconds.values()), nearest_rank([one for one in review.values() if one > 0])
    assert 4739 in seconds.values()
    assert (total["n_labels"], total["labeling_seconds"], total["cap_seconds"]) == (53, sum(seconds.values()), cap)
    assert total["active_seconds"] == sum(min(one, cap) for one in seconds.values())
    assert total["review_seconds"] == sum(review.values())
    assert total["review_active_seconds"] == sum(min(one, review_cap) for one in review.values())
    last = {label: max(steps)[1] for label, steps in verdicts.items()}
    assert total["n_reviewed"] == len(last)
    assert total["acceptance_rate"] == pytest.approx(list(last.values()).count("Approve") / len(last))
    sent_back = [label for label, steps in verdicts.items() if any(action == "Reject" for _, action in steps)]
    assert (total["n_sent_back"], total["rework_rate"]) == (len(sent_back), pytest.approx(len(sent_back) / 53))
    assert total["rework_seconds"] is None  # Labelbox adds it to the label's
    assert "rework_seconds: not_in_export" in total["undefined"]
    waits = [(when - created[label]).total_seconds() / 3600 for label, steps in verdicts.items() for when, _ in steps]
    (reviewer,) = work.reviewers.to_dicts()
    assert reviewer["n_reviews"] == len(waits)
    assert reviewer["median_hours"] == pytest.approx(median([one for one in waits if one >= 0]))


def test_label_studio_hours_beside_moments(data):
    """11,000 seconds beside 0.6: nothing is deleted, and what cannot have happened is flagged."""
    path = data / "formats" / "label_studio" / "two_annotators_bbox_export.json"
    work = workforce(labelqa.read(path))
    stated, emails = defaultdict(list), set()
    for item in json.loads(path.read_text()):
        for made in item["annotations"]:
            who = made["completed_by"]
            stated[who if isinstance(who, int) else who["id"]].append(made["lead_time"])
            emails.add(str(who))
    assert work.labelers.height == len(stated) == 3  # the model is nobody
    assert sorted(work.labelers["labeling_seconds"]) == pytest.approx(sorted(map(sum, stated.values())))
    assert work.labelers["n_labels"].to_list() == [5, 5, 5]
    hours = work.labels.filter(pl.col("labeling_seconds") > 10_000)
    assert (hours.height, hours["overlaps"].sum()) == (
        5,
        4,
    )  # made within two minutes; before the first nothing is known
    capped = workforce(labelqa.read(path), cap=300)
    every = [one for times in stated.values() for one in times]
    assert capped.project["active_seconds"].item() == pytest.approx(sum(min(one, 300) for one in every))
    assert min(every) == pytest.approx(0.631)
