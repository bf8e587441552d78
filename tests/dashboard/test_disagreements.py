"""The page of disagreements: worst first, one asset by its address, its image from the folder alone."""

import base64
import re

import polars as pl
import pytest

import labelqa

st = pytest.importorskip("streamlit")
VIEW = "05_disagreements.py"


@pytest.fixture(scope="module")
def scores(full):
    return labelqa.score(labelqa.read(full))


def drawings(app):
    found = [image.url for block in app.get("image") for image in block.proto.imgs]
    return [base64.b64decode(url.partition(",")[2]).decode() for url in found]


def test_the_gallery_shows_the_worst_first(run, full, scores):
    app = run(VIEW, full)
    shown = drawings(app)
    worst = scores.assets.filter(pl.col("consensus").is_not_null()).sort("consensus", "project_id", "asset_id")
    assert len(shown) == 12
    for svg, asset in zip(shown, worst["asset_id"], strict=False):
        assert f"<title>The labels of {asset}: " in svg
    assert app.get("pagination")


def test_outcomes_leave_the_assets_that_have_them(run, full):
    every = {caption.value for caption in run(VIEW, full).caption}
    some = [caption.value for caption in run(VIEW, full, address={"outcome": "wrong class"}).caption]
    cards = [said for said in some if "·" in said and "**" in said]
    assert cards
    assert all("wrong class" in said and "extra" not in said for said in cards)
    assert set(some) != every


def test_an_asset_is_drawn_explained_and_listed(run, full, scores):
    asset = scores.assets.sort("consensus", nulls_last=True)["asset_id"][3]
    app = run(VIEW, full, address={"asset": asset, "relation": "Consensus"})
    (svg,) = drawings(app)
    assert f"The labels of {asset}" in svg
    value = scores.assets.filter(pl.col("asset_id") == asset)["consensus"][0]
    assert app.metric[0].value == f"{value:.3f}"
    expected = scores.matches.filter(pl.col("asset_id") == asset, pl.col("relation") == "consensus")
    assert app.dataframe[-1].value.shape[0] == expected.height
    assert any(caption.value.startswith(f"{value:.3f} is".replace(".", "\\.")) for caption in app.caption)


def test_next_and_previous_go_down_and_up_the_list(run, full):
    def asset(app):
        return app.text_input(key="asset").value

    app = run(VIEW, full)
    app.button(key="open-1").click().run()
    second = asset(app)
    app.button(key="Right").click().run()
    third = asset(app)
    app.button(key="Left").click().run()
    assert asset(app) == second
    app.button(key="Left").click().run()
    assert app.button(key="Left").disabled
    assert len({asset(app), second, third}) == 3
    app.button(key="all").click().run()
    assert asset(app) == ""
    assert len(drawings(app)) == 12


def test_labelers_and_outcomes_leave_marks_and_rows(run, full, scores):
    asset = scores.assets.sort("consensus", nulls_last=True)["asset_id"][3]
    pair = scores.pairs.filter(pl.col("asset_id") == asset, pl.col("relation") == "consensus").row(0, named=True)
    two = [pair["labeler_a"], pair["labeler_b"]]
    app = run(VIEW, full, address={"asset": asset, "relation": "Consensus", "drawn": two})
    shown = set(app.dataframe[-1].value["labeler_a"]) | set(app.dataframe[-1].value["labeler_b"])
    assert shown == set(two)
    told = set(re.findall(r"<title>[^<]* by ([^:<]*):", drawings(app)[0]))
    assert told <= set(two)


def test_an_unknown_asset_is_said_so_above_the_gallery(run, full):
    app = run(VIEW, full, address={"asset": "![x](http://example.invalid/a.png)"})
    assert "There is no asset" in app.warning[0].value
    assert "![" not in app.warning[0].value
    assert len(drawings(app)) == 12


def test_images_come_from_the_folder_alone(run, full, scores, tmp_path):
    image = pytest.importorskip("PIL.Image")
    inside = tmp_path / "images"
    inside.mkdir()
    asset, name = scores.comparison.project.assets.select("asset_id", "name").row(0)

    def page():
        st.cache_resource.clear()
        return run(VIEW, full, f"--images={inside}", address={"asset": asset})

    image.new("RGB", (64, 36), "red").save(tmp_path / name)
    assert "image/jpeg" not in drawings(page())[0]
    image.new("RGB", (64, 36), "red").save(inside / name)
    assert "image/jpeg" in drawings(page())[0]
    (inside / name).write_text("no image")
    app = page()
    assert "image/jpeg" not in drawings(app)[0]
    assert any("The image is not drawn" in caption.value for caption in app.caption)


def test_assets_of_one_id_in_two_projects_are_told_apart(run, tmp_path):
    for project, x in (("p", 0), ("q", 3)):
        rows = [f"{project},a,{who},cat,{k * x},0,9,9" for k, who in enumerate(("ana", "ben"))]
        header = "project_id,asset_id,labeler,class,x,y,w,h"
        (tmp_path / f"{project}.csv").write_text("\n".join([header, *rows]) + "\n")
    app = run(VIEW, tmp_path / "p.csv", tmp_path / "q.csv", address={"asset": "a"})
    assert not app.exception
    (chosen,) = (box for box in app.selectbox if box.key == "in")
    assert chosen.options == ["p", "q"]
    assert app.metric[0].value == "1.000"
    chosen.set_value("q").run()
    assert app.metric[0].value == "0.500"
    app = run(VIEW, tmp_path / "p.csv", tmp_path / "q.csv", address={"asset": "a", "in": "q"})
    assert app.metric[0].value == "0.500"
