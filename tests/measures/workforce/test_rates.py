"""The rate card: who is paid what, and errors that help."""

import pytest

from labelqa.errors import UsageError
from labelqa.measures.workforce.rates import RateCard
from labelqa.measures.workforce.workforce import workforce
from tests.measures.workforce.small import made, rows_of

CARD = """
currency = "EUR"
[default]
per_hour = 36
[review]
per_hour = 72
[teams.north]
members = ["bob", "nobody@example.org"]
per_label = 2
per_annotation = 0.5
[labelers.cat]
per_hour = 18
per_label = 1
"""

LABELS = [
    {"asset": "a1", "labeler": "ann", "seconds": 100, "boxes": 1, "review_seconds": 50},
    {"asset": "a1", "labeler": "bob", "seconds": 100, "boxes": 3},
    {"asset": "a2", "labeler": "bob", "boxes": 1},
    {"asset": "a2", "labeler": "bob", "id": "skip", "status": "skipped", "seconds": 9},
    {"asset": "a2", "labeler": "cat", "seconds": 200, "boxes": 1},
    {"asset": "a3", "labeler": "cat", "boxes": 1},
]


@pytest.fixture
def card(tmp_path):
    path = tmp_path / "rates.toml"
    path.write_text(CARD)
    return path


def test_own_entry_then_team_then_default(card):
    work = workforce(made(LABELS), rates=card, cap=1000)
    people = rows_of(work.labelers, "labeler")
    assert people["ann"]["cost"] == pytest.approx(36 * 100 / 3600)
    assert people["bob"]["cost"] == pytest.approx(2 + 3 * 0.5 + 2 + 0.5)  # needs no time; a skip is no label
    assert people["cat"]["cost"] == pytest.approx(18 * 200 / 3600 + 1)  # the untimed label has no cost
    assert (people["bob"]["n_costed"], people["cat"]["n_costed"]) == (2, 1)
    assert people["cat"]["cost_per_label"] == pytest.approx(2.0)
    assert people["ann"]["review_cost"] == pytest.approx(72 * 50 / 3600)
    assert work.project["currency"].to_list() == ["EUR"]
    assert work.project["cost"].item() == pytest.approx(1 + 6 + 2)
    assert work.how["rates"]["strangers"] == ["'nobody@example.org'"]


def test_hours_may_be_raw():
    rates = {"currency": "USD", "default": {"per_hour": 36}, "hours": "raw"}
    assert workforce(made(LABELS[:1]), rates=rates, cap=10).project["cost"].item() == pytest.approx(1.0)
    assert workforce(made(LABELS[:1]), rates={**rates, "hours": "active"}, cap=10).project["cost"].item() == 0.1


def test_without_rates_cost_is_undefined():
    work = workforce(made(LABELS))
    assert work.labelers["cost"].null_count() == work.labelers.height
    assert all("cost: no_rates" in said for said in work.labelers["undefined"])


def test_cost_of_an_accepted_label_carries_that_of_rejected_ones():
    rows = [{"asset": f"a{k}", "labeler": "ann", "seconds": 100} for k in range(4)]
    reviews = [{"label": f"a{k}/ann/submitted", "verdict": "accepted" if k else "rejected"} for k in range(3)]
    (ann,) = workforce(made(rows, reviews), rates={"currency": "X", "default": {"per_hour": 36}}).labelers.to_dicts()
    assert ann["cost_per_label"] == pytest.approx(1.0)
    assert ann["cost_per_accepted_label"] == pytest.approx(3 / 2)
    assert ann["rejected_cost"] == pytest.approx(1.0)


def test_reviewers_are_paid_by_their_own_rate():
    card = RateCard.of({"currency": "X", "default": {"per_hour": 10}, "labelers": {"rita": {"per_hour": 20}}})
    assert (card.review_rate("rita"), card.review_rate("tom"), card.review_rate(None)) == (20, 10, 10)
    rows = [{"asset": "a", "labeler": "ann", "seconds": 1, "review_seconds": 360}]
    reviews = [{"label": "a/ann/submitted", "verdict": "accepted", "reviewer": "rita"}]
    assert workforce(made(rows, reviews), rates=card).project["review_cost"].item() == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[default]\nper_hour = 1", "needs a currency"),
        ('currency = ""\n[default]\nper_hour = 1', "needs a currency"),
        ('currency = "EUR"', "pays nobody"),
        ('currency = "EUR"\n[defualt]\nper_hour = 1', "did you mean 'default'"),
        ('currency = "EUR"\n[default]\nper_our = 1', "did you mean 'per_hour'"),
        ('currency = "EUR"\n[default]', "needs an amount"),
        ('currency = "EUR"\ndefault = 3', "is a table"),
        ('currency = "EUR"\n[default]\nper_hour = -1', "amount of money"),
        ('currency = "EUR"\n[default]\nper_hour = nan', "amount of money"),
        ('currency = "EUR"\n[default]\nper_hour = true', "amount of money"),
        ('currency = "EUR"\n[default]\nper_hour = "18"', "amount of money"),
        ('currency = "EUR"\nhours = "activ"\n[default]\nper_hour = 1', "did you mean 'active'"),
        ('currency = "EUR"\n[teams.a]\nper_hour = 1', "needs members"),
        ('currency = "EUR"\n[teams.a]\nper_hour = 1\nmembers = [1]', "needs members"),
        (
            'currency = "EUR"\n[teams.a]\nper_hour = 1\nmembers = ["x"]\n[teams.b]\nper_hour = 1\nmembers = ["x"]',
            "in two teams",
        ),
        ('currency = "EUR"\nteams = 3', "is a table"),
        ('currency = "EUR"\n[review]\nper_label = 3', "unknown field 'per_label'"),
        ("currency = ", "is no TOML"),
    ],
)
def test_mistakes_are_named(tmp_path, text, said):
    path = tmp_path / "rates.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match="rates") as caught:
        RateCard.of(path)
    assert said in str(caught.value)


def test_a_card_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        RateCard.of(tmp_path / "none.toml")


def test_strangers_come_with_a_near_match():
    card = RateCard.of({"currency": "X", "labelers": {"ann@exmple.org": {"per_hour": 1}}})
    assert card.strangers(["ann@example.org"]) == ["'ann@exmple.org'; did you mean 'ann@example.org'?"]


def test_time_saved_by_prelabels_has_a_price():
    labels = []
    for k in range(20):
        aided = k % 2 == 0
        for who, seconds in (("ann", 100), ("bob", 200)):
            labels.append({"asset": f"a{k:02}", "labeler": who, "seconds": seconds - 36 * aided + k % 3, "boxes": 1})
        if aided:
            labels.append({"asset": f"a{k:02}", "labeler": "model", "role": "prediction", "boxes": 1})
    rates = {"currency": "X", "default": {"per_hour": 10}, "labelers": {"bob": {"per_hour": 20}}}
    table = workforce(made(labels), rates=rates, cap=1000).automation
    of_labeler = rows_of(table.filter(table["level"] == "labeler"), "labeler")
    for who, per_hour in (("ann", 10), ("bob", 20)):
        row = of_labeler[who]
        assert row["seconds_saved"] == pytest.approx(36, abs=1)
        assert row["money_saved"] == pytest.approx(row["seconds_saved_total"] / 3600 * per_hour)
    total = table.row(0, named=True)
    assert 10 < 3600 * total["money_saved"] / total["seconds_saved_total"] < 20
    assert workforce(made(labels)).automation["money_saved"].null_count() == table.height
