"""`labelqa formats`: the formats that can be read and written."""

from __future__ import annotations

import click

from labelqa.cli import output


@click.command(short_help="List the formats that can be read and written.", epilog="Example:  labelqa formats")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the list as a Markdown table.")
def command(as_json: bool, as_markdown: bool) -> None:
    """List the formats that can be read and written, and what their exports tell beyond the annotations.

    That is: who labeled, when, for how many seconds, reviews, which labels are a benchmark, and which are predictions of
    a model. What a format does not tell, no score can show.
    """
    from labelqa.report.catalogue import as_data, as_text, markdown

    if as_json:
        import json

        output.write([json.dumps(as_data(), indent=1) + "\n"])
    elif as_markdown:
        output.write([markdown()])
    else:
        output.write([as_text(output.page())])
