"""A project whose names attack whoever prints them."""

from labelqa.project import Builder, Project

LABELERS = [
    "=cmd|'/c calc'!A0",
    "\x1b[31mred\x1b[0m\x9b1m",
    "[bold red]markup[/]",
    "two\nlines\r\tand a tab",
    "evil\u202etxt.exe\u2066",
    "+1-555-0100",
    'quo"te, comma',
    "x" * 3000,
]
CLASSES = ["-2+3", "@sum\x07[link=http://x]"]
ASSETS = ["\tfirst", "\rsecond", "\x1b]0;title\x07"]


def hostile_project() -> Project:
    builder = Builder()
    builder.source("\x1b[2Jfile\n.csv", "table")
    builder.problem("warning", "=expected", field="-field", found="\x1b[5m")
    for a, asset in enumerate(ASSETS):
        builder.asset("@project\u202e", asset)
        for b, labeler in enumerate(LABELERS):
            label = builder.label("@project\u202e", asset, f"+{a}-{b}", labeler)
            builder.bbox(label, CLASSES[(a + b) % 2], 0.0, 0.0, 10.0 + a, 10.0 + b)
            if b < 2:
                builder.answer(label, "checklist", "=why", ["=1+1", "|"])
    return builder.project()
