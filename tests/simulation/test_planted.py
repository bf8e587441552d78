"""Planted projects: deterministic, and what is asked for is in them."""

import polars as pl
import pytest

from labelqa.errors import UsageError
from labelqa.simulation.planted import planted
from labelqa.simulation.plants import Person, Setting


def test_same_arguments_same_project():
    setting = Setting(prelabel_share=0.4, benchmark_share=0.3, unclear_share=0.1, mixed_up=0.1)
    people = [Person(copies=1, copied_share=0.5), *[Person()] * 3]
    assert planted(people, 40, 3, setting).equals(planted(people, 40, 3, setting))
    assert not planted(people, 40, 3, setting).equals(planted(people, 40, 4, setting))


def test_roles_and_idle_tabs():
    project = planted(
        [Person(idle_share=0.3), *[Person()] * 3], 200, 1, Setting(prelabel_share=0.4, benchmark_share=0.3)
    )
    roles = dict(project.labels["role"].cast(pl.String).value_counts().rows())
    assert roles["submitted"] == 600
    assert 60 < roles["prediction"] < 100
    assert 40 < roles["benchmark"] < 80
    idle = project.labels.filter(pl.col("seconds") > 5000)["labeler"].unique().to_list()
    assert idle == ["labeler-01"]


def test_hard_assets_go_to_the_last():
    project = planted([Person()] * 6, 300, 1, Setting(unequal=2.0, hardness=3.0))
    mean = project.labels.group_by("labeler").agg(pl.col("seconds").mean()).sort("labeler")["seconds"]
    assert mean[5] > 1.5 * mean[0]


def test_too_few_people():
    with pytest.raises(UsageError, match="as many people"):
        planted([Person()] * 2, 10)
