"""Names stay on one line, within their width, and keep their hands off the terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from labelqa.report.names import fitted, one_line


@given(st.text(max_size=80), st.integers(1, 30))
def test_whatever_it_is_it_fits(text, width):
    shown = fitted(text, width)
    assert cell_len(shown) <= width
    assert len(shown) <= 2 * width + 1
    assert all(character.isprintable() or character.isspace() for character in shown)
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[2J", r"\x1b[2J"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\u202eabc\u2069", r"\u202eabc\u2069"),
        ("\u2028\x85\x9b\x7f\x00", r"\u2028\x85\x9b\x7f\x00"),
        ("[red]not markup[/red]", "[red]not markup[/red]"),
        ("山田　太郎", "山田　太郎"),
        ("Łukasz Ångström", "Łukasz Ångström"),
    ],
)
def test_what_does_not_print_is_written_out(name, shown):
    assert one_line(name) == shown


def test_both_ends_of_a_long_name_are_kept():
    assert fitted("worker-0000000000000123", 12) == "worker…00123"
    assert fitted("x" * 1_000_000, 9) == "xxxx…xxxx"


def test_a_name_of_marks_without_width_ends():
    assert len(fitted("e" + "\u0301" * 10_000, 10)) <= 21
