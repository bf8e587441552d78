"""The journeys of a user in real Chromium: open, filter, share, click, upload; nothing comes alive, nothing leaves."""

import re

import pytest

import labelqa
from tests.dashboard import browser

pytestmark = browser.MARKS

EVIL = "![x](https://example.invalid/beacon.png)"
NAMES = (EVIL, "[click](https://example.invalid)", "<img src=https://example.invalid/x.png>", "www.example.invalid")


@pytest.fixture(scope="module")
def demo():
    with browser.serving("--demo=150,5,1") as address:
        yield address


@pytest.fixture(scope="module")
def scores():
    return labelqa.score(labelqa.demo(150, 5, 1))


def test_the_numbers_are_those_of_the_library(visit, demo, scores):
    page = visit(demo)
    page.go()
    row = scores.project.row(0, named=True)
    assert page.tiles()["Consensus"] == f"{row['consensus']:.3f}"
    assert page.tiles()["Benchmark"] == f"{row['benchmark']:.3f}"
    assert page.elsewhere == []
    assert page.complaints == []


def test_a_filter_is_in_the_address_and_a_shared_link_is_the_view_seen(visit, demo, scores):
    page = visit(demo)
    window = page.go()
    window.get_by_test_id("stMultiSelect").filter(has_text="Batch").get_by_role("combobox").click()
    window.get_by_role("option", name="pilot").click()
    window.keyboard.press("Escape")
    page.settle()
    assert "batch=pilot" in window.url
    expected = f"{scores.select(batches='pilot').project['consensus'][0]:.3f}"
    assert page.tiles()["Consensus"] == expected
    other = visit(demo)
    other.window.goto(window.url)
    other.settle()
    assert other.tiles()["Consensus"] == expected
    other.window.get_by_role("link", name="Agreement", exact=True).click()
    other.settle()
    assert "batch=pilot" in other.window.url
    assert other.complaints == []


def test_a_name_that_does_not_occur_is_dropped_from_the_address(visit, demo):
    page = visit(demo)
    window = page.go("labelers?batch=none+such&dates=garbage")
    assert "none" not in window.url
    assert page.complaints == []


def test_a_labeler_of_the_table_leads_to_their_page_and_back(visit, demo):
    page = visit(demo)
    window = page.go("labelers")
    table = window.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    window.mouse.click(box["x"] + 18, box["y"] + 87)
    window.wait_for_url(re.compile("/labeler\\?"))
    page.settle()
    assert "who=" in window.url
    assert window.get_by_role("heading", name="Labeler", exact=True).is_visible()
    window.go_back()
    page.settle()
    assert window.url.rstrip("?").endswith("/labelers")
    assert page.complaints == []


def test_a_cell_of_the_matrix_shows_its_pairs(visit, demo):
    page = visit(demo)
    window = page.go("agreement")
    chart = window.get_by_test_id("stVegaLiteChart").first
    chart.scroll_into_view_if_needed()
    cell = chart.locator("path.mark-rect, g.mark-rect path, canvas").first
    box = cell.bounding_box()
    window.mouse.click(box["x"] + box["width"] * 0.55, box["y"] + box["height"] * 0.14)
    page.settle()
    assert window.get_by_text(re.compile(r"example\.com and .*, worst first")).is_visible()
    assert page.complaints == []


def test_a_cell_of_the_confusion_matrix_leads_to_its_annotations_and_their_asset(visit, demo, scores):
    page = visit(demo)
    window = page.go("benchmarks")
    cell = window.locator('[aria-label*="outcome: missed"]').first
    cell.scroll_into_view_if_needed()
    n = int(re.search(r"; n: (\d+)", cell.get_attribute("aria-label"))[1])
    assert n in scores.confusion.filter(relation="benchmark")["n"]
    box = cell.bounding_box()
    window.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # on the number in it
    page.settle()
    assert window.get_by_text(re.compile(f"^{n} rows?$")).first.is_visible()
    box = window.get_by_test_id("stDataFrame").first.bounding_box()
    window.mouse.click(box["x"] + 18, box["y"] + 54)
    window.wait_for_url(re.compile("/disagreements\\?"))
    page.settle()
    assert "asset=street-" in window.url
    assert "relation=Benchmark" in window.url
    assert "Benchmark" in page.tiles()
    assert page.complaints == []
    assert page.elsewhere == []


@pytest.mark.parametrize("path", ["", "labelers", "labeler", "agreement", "classes"])
def test_hostile_names_stay_text(visit, tmp_path_factory, path):
    file = tmp_path_factory.mktemp("hostile") / "table.csv"
    rows = [f'"{EVIL} {k}","{who}","{EVIL}",{at},0,9,9' for k in range(6) for at, who in enumerate(NAMES)]
    file.write_text("\n".join(["asset_id,labeler,class,x,y,w,h", *rows]) + "\n")
    with browser.serving(file) as address:
        page = visit(address)
        window = page.go(path)
        for box in window.get_by_test_id("stMultiSelect").all():
            box.get_by_role("combobox").click()
            window.wait_for_timeout(300)
            window.keyboard.press("Escape")
        assert page.elsewhere == []
        assert window.locator("img[src*='example.invalid'], a[href*='example.invalid']").count() == 0
        assert page.complaints == []


def test_a_bad_file_is_refused_in_the_words_of_the_command_line_and_a_good_one_is_shown(visit, demo, tmp_path):
    page = visit(demo)
    window = page.go()
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "good.csv").write_text("asset_id,labeler,class,x,y,w,h\na,ann,cat,0,0,9,9\na,bob,cat,0,0,9,8\n")
    window.get_by_text("Open an export").click()
    window.locator("input[type=file]").set_input_files(str(tmp_path / "broken.json"))
    window.get_by_text("This cannot be shown.").wait_for()
    window.locator("input[type=file]").set_input_files(str(tmp_path / "good.csv"))
    page.settle()
    window.get_by_text("good.csv").first.wait_for()
    assert page.tiles()["Consensus"] == f"{8 / 9:.3f}"
    assert page.elsewhere == []


def test_another_name_for_this_computer_is_refused(demo):
    import urllib.error
    import urllib.request

    request = urllib.request.Request(f"{demo}/_stcore/host-config", headers={"Host": "attacker.invalid"})
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(request)
