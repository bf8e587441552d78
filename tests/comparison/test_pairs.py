"""Which labels meet, and how many may."""

import polars as pl
import pytest

import labelqa
from labelqa.comparison import pairs


def answers(n):
    return labelqa.read(
        pl.DataFrame(
            {"asset_id": ["a"] * n, "labeler": [f"w{k}" for k in range(n)], "class": ["q"] * n, "answer": ["yes"] * n}
        )
    )


def test_more_pairs_than_fit_into_memory_are_refused_before_they_are_made(monkeypatch):
    monkeypatch.setattr(pairs, "MAX_PAIRS", 44)
    with pytest.raises(labelqa.InputError, match="45 pairs; one asset alone has 10 labels"):
        labelqa.score(answers(10))
    assert labelqa.score(answers(9)).pairs.height == 36


def test_a_hundred_thousand_labels_of_one_asset_are_refused_at_once():
    with pytest.raises(labelqa.InputError, match="100,000 labels"):
        labelqa.compare(answers(100_000))
