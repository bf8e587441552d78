"""Drawings in real Chromium: from the gallery to one asset, on by the keyboard; an image, not markup of the page."""

import base64

import polars as pl
import pytest

import labelqa
from tests.dashboard import browser

pytestmark = browser.MARKS


@pytest.fixture(scope="module")
def demo():
    with browser.serving("--demo=60,4,1") as address:
        yield address


def shown(window):
    address = window.get_by_test_id("stImage").locator("img").first.get_attribute("src")
    return base64.b64decode(address.removeprefix("data:image/svg+xml;base64,")).decode()


def test_from_the_gallery_to_an_asset_and_on_by_the_keyboard(visit, demo):
    assets = labelqa.score(labelqa.demo(60, 4, 1)).assets
    worst = assets.filter(pl.col("consensus").is_not_null()).sort("consensus", "asset_id")["asset_id"].to_list()
    page = visit(demo)
    window = page.go("disagreements")
    assert f"The labels of {worst[0]}:" in shown(window)
    window.locator(".st-key-open-1 button").click()
    page.settle()
    assert f"asset={worst[1]}" in window.url
    for key, asset in (("ArrowRight", worst[2]), ("ArrowLeft", worst[1]), ("ArrowLeft", worst[0])):
        window.keyboard.press(key)
        page.settle()
        assert f"asset={asset}" in window.url
        assert f"The labels of {asset}:" in shown(window)
    table = window.get_by_test_id("stDataFrame").last
    table.scroll_into_view_if_needed()
    table.click(position={"x": 60, "y": 60})
    window.keyboard.press("ArrowRight")
    page.settle()
    assert f"asset={worst[0]}" in window.url  # keys are the table's while one is in it
    window.get_by_role("heading", name="Disagreements").click()
    window.keyboard.press("g")
    page.settle()
    assert "asset=" not in window.url
    assert page.elsewhere == []
    assert page.complaints == []


def test_a_drawing_follows_the_theme_of_the_page(visit, demo):
    page = visit(demo)
    looks = {}
    for scheme in ("light", "dark"):
        page.window.emulate_media(color_scheme=scheme)
        page.go("disagreements")
        picture = page.window.get_by_test_id("stImage").first
        looks[scheme] = picture.screenshot()
    assert looks["light"] != looks["dark"]
