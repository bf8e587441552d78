"""A project in which three labelers and an expert use every kind there is, and disagree in every way."""

from labelqa.project import Builder, Project

LABELERS = ("ann", "bob", "cat", "expert")


def every_kind_project() -> Project:
    """Make it; asset `shapes` holds what has a place in a frame, `lines` stretches, `answers` questions, `space` cuboids."""
    builder = Builder()
    builder.source("all.json", "table")
    for scale in ("rating", "number"):
        builder.concept("p", scale, f"a {scale}", scale=(0.0, 10.0))
    for k, labeler in enumerate(LABELERS):
        role = "benchmark" if labeler == "expert" else "submitted"
        for asset in ("shapes", "lines", "answers", "space", "video"):
            size = {"width": 640, "height": 480} if asset in ("shapes", "video") else {}
            builder.asset("p", asset, **size)
            label = builder.label("p", asset, f"{asset}-{labeler}", labeler, role=role)
            _DRAWN[asset](builder, label, k)
    return builder.project()


def _shapes(builder, label, k):
    def add(kind, cls, geometry, **more):
        builder.annotation(label, kind, cls, [float(number) for number in geometry], **more)

    builder.bbox(label, "car" if k != 1 else "truck", 20 + 4 * k, 20, 140, 100 + 3 * k, annotation_id="first")
    if k != 2:
        builder.bbox(label, "car", 160 + 30 * k, 20, 240 + 30 * k, 90, annotation_id="second")
        add("relation", "tows", [], answer=["first", "second"])
    if k == 0:
        builder.bbox(label, "ghost", 500, 20, 700, 120)
    add("rotated_bbox", "ship", [100, 190, 120, 50, 25 + 10 * k])
    add("polygon", "lake", [220, 150, 330 + 5 * k, 160, 300, 240, 230, 250, 250, 180, 280, 190, 270, 220], parts=[4, 3])
    add("polyline", "road", [20, 280 + 6 * k, 200, 300, 380, 270 + 10 * k])
    add("point", "pole", [420 + 3 * k, 180])
    add("keypoints", "person", [480, 180, 500 + 3 * k, 200, 460, 200, 480, 240, 0, 0], parts=[2, 2, 1, 2, 0])
    width, height = 90, 70
    runs = [length for column in range(width) for length in (10 + abs(column - 45 + 6 * k) // 3, 30, 0)]
    for column in range(width):
        runs[3 * column + 2] = height - runs[3 * column] - runs[3 * column + 1]
    merged = [runs[0]]
    for column in range(width):
        merged += [runs[3 * column + 1], runs[3 * column + 2] + (runs[3 * column + 3] if column + 1 < width else 0)]
    add("mask", "cloud", [400, 300, 400 + width, 300 + height], parts=merged)


def _lines(builder, label, k):
    def add(kind, cls, start, stop):
        builder.annotation(label, kind, cls, [float(start), float(stop)])

    add("span", "person", 0, 12 - k)
    add("span", "place" if k else "person", 30, 44)
    add("span", "person", 35, 60)
    add("interval", "speech", 1.5, 9 + k)
    if k != 1:
        add("interval", "music", 12, 20)


def _answers(builder, label, k):
    builder.answer(label, "choice", "weather", ["sun" if k != 1 else "rain"])
    builder.answer(label, "checklist", "hazards", ["fog", "ice"][: k % 3])
    builder.answer(label, "taxonomy", "what", [["animal\x1fcat", "animal\x1fdog"][k % 2]])
    builder.annotation(label, "ranking", "best", answer=["a", "b", "c"] if k else ["c", "b", "a"])
    builder.annotation(label, "text", "caption", answer=["a cat on a mat" + " and so on" * 9 * k])
    builder.annotation(label, "rating", "a rating", [3.0 + k % 2])
    builder.annotation(label, "number", "a number", [1e7 / 3 * k])


def _space(builder, label, k):
    builder.annotation(label, "cuboid", "car", [10.0 + 0.3 * k, 5.0, 1.0, 4.0, 2.0, 1.5, 0.4 + 0.05 * k])
    builder.annotation(label, "cuboid", "van", [14.0, -6.0, 1.0, 5.0, 2.0, 1.5, -0.4 * k])


def _video(builder, label, k):
    frames = [f for f in range(10, 40) if k != 1 or not 20 <= f < 28]
    geometry = [float(side) for f in frames for side in (10 * f, 40 + f, 10 * f + 80, 100 + f + 4 * k)]
    builder.annotation(label, "track", "car", geometry, parts=frames)
    for place in ("2", "10"):
        builder.annotation(label, "bbox", "sign", [50.0 + 9 * k, 50, 120 + 9 * k, 120], place=place)


_DRAWN = {"shapes": _shapes, "lines": _lines, "answers": _answers, "space": _space, "video": _video}
