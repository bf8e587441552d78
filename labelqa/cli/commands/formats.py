"""`labelqa formats`: the formats that can be read."""

from __future__ import annotations

import click

from labelqa.cli import output

FACTS = ("who", "when", "seconds", "review", "benchmark", "prediction")


@click.command(short_help="List the formats that can be read.", epilog="Example:  labelqa formats")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def command(as_json: bool) -> None:
    """List the formats that can be read, and what their exports tell beyond the annotations.

    That is: who labeled, when, for how many seconds, reviews, which labels are a benchmark, and which are predictions of
    a model. What a format does not tell, no score can show.
    """
    from labelqa.formats.detect import formats

    known = formats().values()
    if as_json:
        import json

        rows = [
            {"name": one.name, "title": one.title, "facts": [fact for fact in FACTS if fact in one.facts]}
            for one in known
        ]
        output.write([json.dumps(rows, indent=1) + "\n"])
        return

    from labelqa.report.page import Column, table

    page = output.page()
    columns = [
        Column("name", [one.name for one in known], is_name=True),
        Column("title", [one.title for one in known], is_name=True, is_folded=True),
        *(Column(fact, ["yes" if fact in one.facts else "-" for one in known]) for fact in FACTS),
    ]
    output.write([page.draw([table(columns, page)])])
