"""The report: what it says, that it says nothing unescaped, and that it needs nothing outside of itself."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import polars as pl
import pytest
from PIL import Image

import labelqa
from labelqa.project import Builder
from labelqa.report.document import as_json, as_markdown, report
from labelqa.report.document.told import Told
from labelqa.report.drawing.folder import ImageFolder
from labelqa.report.numbers import interval
from tests.report.document.browser import loaded, needs_browser
from tests.report.every_kind import every_kind_project
from tests.report.hostile import hostile_project

ATTACK = '"><script>alert(1)</script><img src=x onerror=alert(2)>![x](http://evil.example/)=cmd()\x1b[31m\u202e'
VOID = {"meta", "br", "hr", "link", "input"}


def told_of(project, **more):
    scores = labelqa.score(project)
    return Told(scores, labelqa.workforce(project, scores=scores), **more)


def html_of(project, **more):
    return "".join(report.as_html(told_of(project, **more)))


@pytest.fixture(scope="module")
def demo():
    return told_of(labelqa.demo(assets=60, labelers=5, seed=2))


@pytest.fixture(scope="module")
def page(demo):
    return "".join(report.as_html(demo))


@pytest.fixture(scope="module")
def attacked():
    """A project in which everything that has a name is named by an attack."""
    builder = Builder()
    builder.source(f"{ATTACK}.csv", "table")
    builder.problem("error", f"expected {ATTACK}", field=ATTACK, found=ATTACK, remedy=ATTACK)
    for a in range(4):
        builder.asset(ATTACK, f"{ATTACK}{a}", name=f"{ATTACK}.jpg", width=100, height=80, batch=ATTACK)
        for b in range(3):
            label = builder.label(
                ATTACK, f"{ATTACK}{a}", f"{ATTACK}{a}{b}", f"{ATTACK}{b}", created_at=f"2026-01-0{a + 1}", seconds=5
            )
            builder.bbox(label, f"{ATTACK}{b % 2}", 0, 0, 50 + b, 50)
            builder.answer(label, "choice", f"{ATTACK}?", [f"{ATTACK}{b}"])
            builder.annotation(label, "text", f"{ATTACK}!", answer=[ATTACK * (b + 1)])
            builder.review(ATTACK, f"{ATTACK}{a}", "accepted", label=label, reviewer=ATTACK)
    return builder.project()


class Page(HTMLParser):
    """A page taken apart: tags, attributes, text; complains of what is not closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text, self.open = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def section_of(page, key):
    return re.search(rf'<section id="{key}">.*?</section>', page, re.DOTALL)[0]


def rows_of(section):
    return [
        [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]
        for row in re.findall(r"<tr>.*?</tr>", section, re.DOTALL)
    ]


# --- what it says -------------------------------------------------------------------------------------------------


def test_the_sections_are_there_in_order(page):
    keys = re.findall(r'<section id="(\w+)">', page)
    assert keys == ["summary", "findings", "labelers", "agreement", "classes", "assets", "work", "data", "definitions"]
    assert re.findall(r'href="#(\w+)"', page) == keys


def test_headline_numbers_are_those_of_the_scores(demo, page):
    row = demo.scores.project.row(0, named=True)
    summary = section_of(page, "summary")
    for name in ("consensus", "benchmark", "precision", "recall", "f1", "mean_iou"):
        assert f'<dd class="value">{row[name]:.3f}</dd>' in summary
        assert f"[{row[f'{name}_low']:.3f}, {row[f'{name}_high']:.3f}]" in summary
    assert f"{row['n_assets_benchmark']} assets" in summary


def test_labelers_stand_with_their_intervals(demo, page):
    rows = {row[0]: row for row in rows_of(section_of(page, "labelers")) if row}
    assert len(rows) == demo.scores.labelers.height
    for row in demo.scores.labelers.to_dicts():
        shown = rows[row["labeler"]]
        assert interval(row["consensus"], row["consensus_low"], row["consensus_high"]) in shown
        assert f"{row['n_labels']}" in shown


def test_the_agreement_of_two_labelers_is_in_their_cell(demo, page):
    cells = re.findall(r"<title>([^<]*)</title>", section_of(page, "agreement"))
    for row in demo.scores.agreement.to_dicts():
        shown = interval(row["agreement"], row["agreement_low"], row["agreement_high"])
        told = f"{row['labeler_a']} with {row['labeler_b']}: {shown}, "
        assert len([cell for cell in cells if cell.startswith(told)]) == 2


def test_confusions_are_counted_as_in_the_scores(demo, page):
    titles = re.findall(r"<title>([^<]*)</title>", section_of(page, "classes"))
    boxes = demo.scores.confusion.filter(relation="benchmark", kind="bbox")
    for a, b, n in boxes.select("class_a", "class_b", "n").iter_rows():
        told = f"{b or '(unmatched)'} called {a or '(unmatched)'}: {n}, "
        assert [title for title in titles if title.startswith(told)], told


def test_the_worst_assets_are_drawn_in_order(demo, page):
    worst = demo.scores.assets.sort("consensus", "agreement_rate", "asset_id")["asset_id"].head(6)
    assert re.findall(r"labelqa explain PATH ([\w-]+)", section_of(page, "assets")) == worst.to_list()
    assert section_of(page, "assets").count('class="drawing"') == 6


def test_what_the_export_does_not_tell_is_told(page):
    rows = {row[0]: row[1:] for row in rows_of(section_of(page, "data")) if row}
    assert rows["who labeled"][0] == "all"
    assert rows["pre-labels"] == ["none", "not known what automation saves"]
    assert rows["reviews"][0].startswith("2") or rows["reviews"][0].startswith("1")


def test_undefined_numbers_say_why():
    page = html_of(labelqa.demo(assets=20, labelers=3, seed=1).select(roles="submitted"))
    assert "no benchmark label on the same assets" in section_of(page, "summary")
    assert "precision" not in section_of(page, "labelers").lower()


def test_a_verdict_comes_first():
    project = labelqa.demo(assets=40, labelers=3, seed=1)
    rules = {"agree": {"measure": "consensus", "at_least": 0.99}, "size": {"measure": "n_assets", "at_least": 1}}
    page = html_of(project, verdicts=labelqa.gate(project, {"rules": rules}))
    assert re.findall(r'<section id="(\w+)">', page)[:2] == ["verdict", "summary"]
    verdict = section_of(page, "verdict")
    assert "Failed (exit code 1)" in verdict
    assert [row[:2] for row in rows_of(verdict) if row] == [["fail", "agree"], ["pass", "size"]]


def test_several_projects_are_a_table():
    projects = labelqa.Project.concat([labelqa.demo(assets=12, labelers=3, seed=k) for k in (1, 2)])
    one = projects.assets.with_columns(
        project_id=pl.when(pl.col("asset_id") < "street-000006").then(pl.lit("x")).otherwise("project_id")
    )
    page = html_of(labelqa.Project({**projects.tables, "assets": one}))
    assert "<title>Labeling quality: 2 projects</title>" in page


@pytest.mark.parametrize(
    "project",
    [Builder().project(), labelqa.demo(assets=1, labelers=1), every_kind_project()],
    ids=["empty", "one", "all"],
)
def test_any_project_has_a_report(project):
    page = Page(html_of(project))
    assert page.open == []
    told = told_of(project)
    assert "".join(as_markdown.document(told)).startswith("# Labeling quality")
    assert json.loads("".join(as_json.document(told)))["verdicts"] is None


def test_the_same_project_gives_the_same_bytes(page):
    assert html_of(labelqa.demo(assets=60, labelers=5, seed=2)) == page


# --- that it is safe ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["attacked", "hostile"])
def test_no_name_becomes_markup(which, attacked, demo):
    project = attacked if which == "attacked" else hostile_project()
    page, harmless = Page(html_of(project)), Page("".join(report.as_html(demo)))
    assert page.open == []
    assert set(page.tags) <= {*harmless.tags, "image"}
    assert page.tags.count("script") == page.tags.count("style") == 1
    assert {name for name, _ in page.attributes} <= {name for name, _ in harmless.attributes}
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "style", "srcset")]
    for name, value in page.attributes:
        if name == "href":
            assert value.startswith(("#", "data:image/jpeg;base64,"))


def test_the_attack_is_shown_as_text(attacked):
    page = html_of(attacked)
    assert "&lt;script&gt;alert(1)" in page
    assert "\\x1b[31m" in page
    assert "\\u202e" in page
    assert all(c.isprintable() or c == "\n" for c in page)


def test_only_its_own_style_and_script_are_allowed(attacked):
    page = html_of(attacked)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1].replace("&#x27;", "'")
    assert policy.startswith("default-src 'none'; img-src data:;")
    for tag in ("style", "script"):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
        assert not re.search(r"https?:|url\(|@import|fetch|XMLHttp", content)


def test_names_without_end_are_cut():
    builder = Builder()
    builder.source("x" * 100_000, "table")
    for labeler in "ab":
        builder.asset("p" * 100_000, "a" * 100_000)
        label = builder.label("p" * 100_000, "a" * 100_000, labeler, labeler * 100_000)
        builder.bbox(label, f"{labeler}{'c' * 100_000}", 0, 0, 9, 9)
    assert len(html_of(builder.project())) < 400_000


def test_markdown_has_no_live_names(attacked):
    text = "".join(as_markdown.document(told_of(attacked)))
    assert "<" not in re.sub(r"&lt;|&gt;", "", text)
    assert "](" not in text
    assert "\x1b" not in text
    assert "evil" in text


def test_markdown_and_page_tell_the_same(demo):
    text = "".join(as_markdown.document(demo))
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == [
        section.title for section in report.sections(demo) if section.title
    ]
    for row in demo.scores.labelers.to_dicts():
        assert interval(row["consensus"], row["consensus_low"], row["consensus_high"]) in text


def test_large_projects_are_bounded():
    builder = Builder()
    builder.source("f", "table")
    for a in range(120):
        builder.asset("p", f"a{a:03}", width=100, height=100)
        for b in range(2):
            label = builder.label("p", f"a{a:03}", f"{a}-{b}", f"labeler {(a + b * 7) % 120:03}")
            builder.bbox(label, f"class {a:03}", a % 50, 0, a % 50 + 20 + 5 * b, 40)
    page = html_of(builder.project())
    assert "and 95 more labelers; labelqa score -o writes all" in page
    assert "and 95 more classes; labelqa score -o writes all" in page
    assert "and 100 more assets below full agreement" in page
    assert len(page) < 600_000


# --- images -------------------------------------------------------------------------------------------------------


def test_images_are_found_by_name_and_never_outside_the_folder(tmp_path):
    inside, outside = tmp_path / "images", tmp_path / "secret.png"
    (inside / "deep" / "x").mkdir(parents=True)
    for path in (
        inside / "a.png",
        inside / "deep" / "b.jpg",
        inside / "deep" / "twice.png",
        inside / "deep" / "x" / "twice.png",
        outside,
    ):
        Image.new("RGB", (4, 4), "red").save(path)
    (inside / "link.png").symlink_to(outside)
    folder = ImageFolder(inside)
    assert folder.find("a.png") == folder.find("a") == folder.find(None, "bucket/2024/a.png") == inside / "a.png"
    assert folder.find("deep/b.jpg") == folder.find("b.jpg") == inside / "deep" / "b.jpg"
    assert folder.find("deep/x/twice.png") == inside / "deep" / "x" / "twice.png"
    for name in ("twice.png", "link.png", "../secret.png", str(outside), "secret.png", "", None):
        assert folder.find(name) is None, name


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(labelqa.UsageError, match="no such folder of images"):
        ImageFolder(tmp_path / "none")


def test_images_are_drawn_and_broken_ones_told(tmp_path):
    project = labelqa.demo(assets=8, labelers=3, seed=1)
    worst = labelqa.score(project).assets.sort("consensus", "agreement_rate", "asset_id")["asset_id"]
    Image.new("RGB", (1280, 720), "red").save(tmp_path / f"{worst[0]}.png")
    (tmp_path / f"{worst[1]}.png").write_bytes(b"no image")
    page = html_of(project, images=ImageFolder(tmp_path))
    assert page.count("data:image/jpeg;base64,") == 1
    assert f"{worst[1]}.png: cannot be read as an image" in page


# --- in a browser -------------------------------------------------------------------------------------------------


@needs_browser
def test_a_browser_shows_it_without_complaint_and_runs_only_its_own_script(attacked, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(html_of(attacked), encoding="utf-8")
    dom, complaints = loaded(path, tmp_path / "profile")
    assert complaints == []
    assert "<button" in dom, "the script of the page ran"
    assert dom.count("<script") == 1
    assert "<img" not in dom
