"""Drawings on pages: whole documents still, of one shape where they stand beside each other."""

import base64
import xml.etree.ElementTree as ET

import pytest

import labelqa
from dashboard.components import pictures


@pytest.fixture(scope="module")
def drawings():
    scores = labelqa.score(labelqa.demo(assets=12, labelers=3, seed=2))
    return [labelqa.draw(scores, name, size=300, legend=False).svg for name in scores.assets["asset_id"]]


@pytest.mark.parametrize("shape", [0.2, 0.66, 3.0])
def test_small_ones_have_one_shape_and_keep_their_marks(drawings, shape):
    sizes = set()
    for svg in drawings:
        framed = pictures.framed(svg, shape)
        root = ET.fromstring(framed)
        sizes.add((root.get("width"), root.get("height")))
        assert float(root.get("height")) == pytest.approx(float(root.get("width")) * shape)
        assert framed.count("<title>") == svg.count("<title>")
    assert len(sizes) == 1


def test_a_long_one_ends_with_a_panel(drawings):
    tops = {float(top) for svg in drawings for top in pictures._PANEL.findall(svg)}
    for svg in drawings:
        room = 0.66 * (float(ET.fromstring(svg).get("width")) - 24)
        clip = ET.fromstring(pictures.framed(svg, 0.66)).find(".//{*}clipPath/{*}rect")
        end = float(clip.get("height")) + 12
        assert end in tops or end == pytest.approx(float(ET.fromstring(svg).get("height")), abs=0.1) or end == room + 24


def test_what_is_sent_is_the_drawing_with_a_look(drawings):
    address = pictures._address(drawings[0])
    kind, _, content = address.partition(",")
    assert kind == "data:image/svg+xml;base64"
    root = ET.fromstring(base64.b64decode(content))
    assert "prefers-color-scheme" in root.find("{*}style").text
    assert "http" not in root.find("{*}style").text
