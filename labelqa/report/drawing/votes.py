"""Answers to questions as votes: every answer given, and a dot for each labeler who gave it.

To add a kind, write which answers a mark votes for and name it in `VOTES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from labelqa.report.drawing.panel import Panel
from labelqa.report.drawing.scene import Drawn, Mark, Scene
from labelqa.report.drawing.styles import FAINT, GROUND, RULE, look_of, write
from labelqa.report.markup import Markup, element, joined
from labelqa.report.names import fitted
from labelqa.report.numbers import counted

_MOST_QUESTIONS, _MOST_ANSWERS = 20, 12
_ROW, _DOT = 22.0, 6.0
_NOTHING = "(nothing)"


def _each(mark: Mark) -> list[str]:
    """Vote for each answer alone; an empty one is an answer, too."""
    return mark.answer or [_NOTHING]


def _in_order(mark: Mark) -> list[str]:
    return [" > ".join(mark.answer or []) or _NOTHING]


def _number(mark: Mark) -> list[str]:
    return [f"{mark.geometry[0]:.10g}"] if mark.geometry else [_NOTHING]


VOTES: dict[str, Callable[[Mark], list[str]]] = {
    "checklist": _each,
    "choice": _each,
    "number": _number,
    "ranking": _in_order,
    "rating": _number,
    "taxonomy": _each,
    "text": _each,
}
"""What a mark of each kind votes for."""

_Question = tuple[str, str, str | None]


def panels(scene: Scene, size: int) -> Iterator[Panel]:
    """Draw the votes on each question."""
    votes: dict[_Question, dict[str, list[tuple[Drawn, Mark]]]] = {}
    for label in scene.labels:
        for mark in label.marks:
            if mark.kind in VOTES:
                answers = votes.setdefault((mark.kind, mark.cls, mark.place), {})
                for answer in VOTES[mark.kind](mark):
                    answers.setdefault(answer, []).append((label, mark))
    for question in list(votes)[:_MOST_QUESTIONS]:
        yield _panel(question, votes[question], scene, size)
    if len(votes) > _MOST_QUESTIONS:
        more = f"and {counted(len(votes) - _MOST_QUESTIONS, 'more question')}"
        yield Panel(_ROW, write(0, 15, more, fill=FAINT, class_="faint"))


def _panel(question: _Question, votes: dict[str, list[tuple[Drawn, Mark]]], scene: Scene, size: int) -> Panel:
    kind, cls, place = question
    where = f", {fitted(place, 30)}" if place is not None else ""
    parts = [write(0, 14, f"{fitted(cls, 70)}{where}", 12.5, font_weight=600)]
    n_labels = len(scene.labels)
    first_dot = size - 62 - n_labels * (2 * _DOT + 4)
    room = max(8, int((first_dot - 20) / (0.58 * 12)))
    numeric = kind in ("number", "rating")
    shown = sorted(votes, key=lambda answer: (_value(answer) if numeric else -len(votes[answer]), answer))
    y = _ROW
    for answer in shown[:_MOST_ANSWERS]:
        parts.append(element("rect", x=0, y=y, width=size, height=_ROW - 2, rx=3, fill=GROUND, class_="ground"))
        parts.append(write(8, y + 14.5, fitted(answer, room), 12))
        voters = {id(label): mark for label, mark in votes[answer]}
        for place_of, label in enumerate(scene.labels):
            x = first_dot + place_of * (2 * _DOT + 4) + _DOT
            parts.append(_dot(x, y + _ROW / 2 - 1, label, voters.get(id(label))))
        told = f"{len(voters)} of {n_labels}"
        parts.append(write(size - 6, y + 14.5, told, 11, fill=FAINT, class_="faint", text_anchor="end"))
        y += _ROW
    if len(votes) > _MOST_ANSWERS:
        more = f"and {counted(len(votes) - _MOST_ANSWERS, 'more answer')}"
        parts.append(write(8, y + 14, more, fill=FAINT, class_="faint"))
        y += _ROW
    return Panel(y + 8, joined(parts))


def _value(answer: str) -> float:
    return float("inf") if answer == _NOTHING else float(answer)


def _dot(x: float, y: float, label: Drawn, mark: Mark | None) -> Markup:
    """Draw a vote: filled in the labeler's colour, the reference's ring dotted; a faint point for none."""
    if mark is None:
        return element("circle", cx=x, cy=y, r=1.5, fill=RULE)
    told = element("title", f"{fitted(label.name, 80)}: {mark.told}")
    if label.is_reference:
        dot = element(
            "circle",
            cx=x,
            cy=y,
            r=_DOT - 1,
            fill="none",
            stroke=label.colour,
            stroke_width=2.5,
            stroke_dasharray="2.2 1.8",
        )
        return element("g", told, dot)
    dot = element("circle", cx=x, cy=y, r=_DOT, fill=label.colour)
    sign = look_of(mark.outcome).sign
    shown = [element("text", sign, x=x, y=y + 3.5, font_size=10, fill="#ffffff", text_anchor="middle")] if sign else []
    return element("g", told, dot, shown)
