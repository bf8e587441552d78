"""Who made the marks of an item: people, or a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from labelqa.formats.ids import id_text
from labelqa.formats.readers.darwin.schema import Annotation, Person
from labelqa.project import Builder


class People:
    """Credits labels, and tells the builder of the labelers it meets."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._named: set[str] = set()

    def labeler(self, made: Sequence[Annotation], by_names: str | None, record: int) -> tuple[str | None, bool]:
        """Tell who a label is credited to, and whether that is a model.

        Parameters
        ----------
        made : sequence of Annotation
            The marks of the item.
        by_names : str or None
            Who it is by the names of file and folders; counts where neither people nor a model are named.
        record : int
            Number of the record, for problems.
        """
        authors = Counter(who for one in made if (who := self._author(one.annotators)))
        if len(authors) > 1:
            self._builder.problem(
                "warning",
                "one labeler for each item; the label is credited to who made most of its marks",
                record=record,
                field="annotators",
                found=", ".join(sorted(authors)),
            )
        if authors:
            return min(authors, key=lambda who: (-authors[who], who)), False
        models = [_model(one) for one in made if one.raster_layer is None]
        if not models or not all(models):
            return by_names, False
        model = Counter(models).most_common(1)[0][0] or "model"
        self._builder.labeler(model, is_model=True)
        return model, True

    def _author(self, annotators: Sequence[Person] | None) -> str | None:
        """Name the author of a mark: the first annotator that is no reviewer. The name for people is told once."""
        people = [one for one in annotators or () if not (one.role or "").lower().startswith("review")]
        if not people:
            return None
        person, shown = people[0], people[0].full_name or people[0].name
        who = id_text(person.email) or id_text(person.id) or shown
        if who is not None and who not in self._named:
            self._named.add(who)
            self._builder.labeler(who, name=shown)
        return who


def _model(one: Annotation) -> str | None:
    """Name the model that made a mark; None if a person did."""
    found = one.inference
    if found is None and one.frames:
        found = next((marks.inference for marks in one.frames.values() if marks.inference), None)
    if found is None:
        return None
    return (found.model and (found.model.name or id_text(found.model.id))) or "model"
