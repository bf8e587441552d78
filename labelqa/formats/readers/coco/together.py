"""Reading COCO files together: first all into columns, then, once it is known what they have in common, into labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from labelqa.formats.files import File
from labelqa.formats.readers.coco.annotations import Annotations
from labelqa.formats.readers.coco.catalog import Catalog
from labelqa.formats.readers.coco.held import Held
from labelqa.formats.readers.coco.instances import Instances
from labelqa.formats.readers.coco.marks import Marks
from labelqa.formats.readers.coco.reading import SHAPES, Reading
from labelqa.formats.readers.coco.results import Results
from labelqa.formats.sample import sample
from labelqa.project import Builder


def read_together(files: Sequence[File], builder: Builder, reading: Reading) -> list[Catalog]:
    """Read instances files and results that refer to them.

    Returns
    -------
    list of Catalog
        What the ids of the instances files mean, in the order of the files.
    """
    found = [_collected(file) for file in files]
    shapes = {one.annotations.file.name: one.annotations.shapes for one in found}
    shape = reading.shape or _common(shapes)
    labelers = _labelers(files)
    catalogs: list[Catalog] = []
    for one in sorted(found, key=lambda one: isinstance(one, Results)):  # results refer to what comes before
        file = one.annotations.file
        builder.source(file.name, "coco")
        one.annotations.held.replay(builder)
        if reading.shape is None:
            _note_lesser(file.name, shapes, shape, builder)
        role = reading.roles.get(file.name)
        is_result = isinstance(one, Results) or role == "prediction"
        marks = Marks(one.annotations, shape, reading.exact, is_result, builder)
        who = (role or labelers[file.name], role or "submitted")
        if isinstance(one, Results):
            one.add(*who, catalogs, marks, builder)
        else:
            catalogs.append(one.add(*who, marks, builder))
    return catalogs


def _collected(file: File) -> Instances | Results:
    """Read a file into columns."""
    if sample(file).shape == "array":
        results = Results(Annotations(file, "", Held()))
        results.collect()
        return results
    instances = Instances(Annotations(file, "annotations[...].", Held()))
    instances.collect()
    return instances


def _common(shapes: Mapping[str, set[str]]) -> str:
    """Choose the most detailed shape that every file with annotations has; the box, if they have none in common."""
    filled = [those for those in shapes.values() if those]
    common = set.intersection(*filled) if filled else set()
    return max(common, key=SHAPES.index, default="box")


def _note_lesser(name: str, shapes: Mapping[str, set[str]], shape: str, builder: Builder) -> None:
    """Note if a file would be read in more detail by itself."""
    best = max(shapes[name], key=SHAPES.index, default=shape)
    if SHAPES.index(best) > SHAPES.index(shape):
        others = [other for other, those in shapes.items() if those and best not in those]
        builder.problem(
            "note",
            f"annotations of one shape in all files read together; {best} is not read, since not every file has it",
            found=f"{others[0]}: {', '.join(sorted(shapes[others[0]]))}",
            remedy="Read the files apart from those without it.",
        )


def _labelers(files: Sequence[File]) -> dict[str, str]:
    """Name the labeler of each file by its stem; where that would be the same for two, by the folder too."""
    counts = Counter(file.stem for file in files)
    return {file.name: file.stem if counts[file.stem] == 1 else _with_folder(file) for file in files}


def _with_folder(file: File) -> str:
    folders = re.split(r"[\\/]|: ", file.name)[:-1]
    return f"{folders[-1]}/{file.stem}" if folders else file.stem
