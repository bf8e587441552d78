"""COCO's evaluation of detections, on projects or straight from COCO files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from labelqa.errors import InputError, UsageError
from labelqa.formats.detect import format_named
from labelqa.formats.files import File, find, shown
from labelqa.formats.pictures import by_name, is_picture
from labelqa.formats.readers.coco.reading import Reading
from labelqa.formats.readers.coco.together import read_together
from labelqa.formats.sample import sample
from labelqa.measures.coco.evaluation import KINDS, check_kind, evaluate
from labelqa.measures.coco.figures import CocoFigures
from labelqa.project import Builder, Project

__all__ = ["CocoFigures", "coco_eval"]

_SHAPES = dict(zip(KINDS, ("box", "outline"), strict=True))
_TRUTH, _DETECTIONS = "benchmark", "prediction"


def coco_eval(truth: Project | str | Path, detections: Project | str | Path, kind: str = "bbox") -> CocoFigures:
    """Evaluate detections as COCO does: average precision and recall, equal to those of pycocotools.

    Crowds, areas and numbers of detections are treated as in `COCOeval`. In one thing it is not followed: pycocotools
    takes a detection that matches the annotation with id 0 for unmatched.

    Parameters
    ----------
    truth, detections : Project or path
        Two projects, or two paths. Of projects, ground truth are the benchmark labels, else the submitted ones;
        detections are the predictions with confidences, else the submitted labels with confidences; they meet by the ids
        of assets and the names of classes, and may be one and the same project. Paths are COCO files (or folders or
        archives of them): instances, and results that refer to their images and categories.
    kind : "bbox" or "mask"
        What is compared. For boxes that is the box stated for an annotation, else its box, else that round its outline;
        for masks, outlines are filled as pycocotools fills them.

    Returns
    -------
    CocoFigures
        `["AP"]` or `.AP`, and likewise AP50 AP75 APs APm APl AR1 AR10 AR100 ARs ARm ARl. What has no ground truth to be
        measured by is None. `left_out` counts what took no part.

    Raises
    ------
    UsageError
        If a project is given with a path, there is no such kind, an asset has several labels of one side, or a side has
        nothing that can be compared.
    InputError
        If a file cannot be read.

    Notes
    -----
    Detections of equal confidence are taken in the order of their files, and their images in the order of their ids, from
    which the last digits of AP may depend. A project keeps the order of results without ids (they are numbered); images
    are in the order of the ids of assets, numbers in them by value.

    Source: T.-Y. Lin et al., Microsoft COCO: Common Objects in Context (ECCV 2014), and pycocotools 2.0, `cocoeval.py`.

    Examples
    --------
    >>> from labelqa.project import Builder
    >>> builder = Builder()
    >>> builder.asset("p", "a.jpg")
    >>> truth, model = (builder.label("p", "a.jpg", who, who) for who in ("gold", "model"))
    >>> builder.bbox(truth, "cat", 0, 0, 100, 100)
    >>> builder.bbox(model, "cat", 0, 0, 100, 78, score=0.9)
    >>> project = builder.project()
    >>> figures = coco_eval(project, project)
    >>> round(figures.AP50, 3), round(figures["AP"], 3), figures.APs
    (1.0, 0.6, None)
    """
    if isinstance(truth, Project) and isinstance(detections, Project):
        return evaluate(truth, detections, kind)
    if isinstance(truth, Project) or isinstance(detections, Project):
        raise UsageError("Give two projects or two paths; the ids of a file of results mean nothing to a project")
    check_kind(kind)
    return _of_files(Path(truth), Path(detections), kind)


def _of_files(truth: Path, detections: Path, kind: str) -> CocoFigures:
    """Read both sides together, and evaluate."""
    files, roles = [], {}
    for path, role in ((truth, _TRUTH), (detections, _DETECTIONS)):
        for file in _found(path):
            # One file may be both sides; the name tells them apart.
            name = f"{file.name} (as {role})" if file.name in roles else file.name
            files.append(replace(file, name=name))
            roles[name] = role
    builder = Builder()
    catalogs = read_together(files, builder, Reading(_SHAPES[kind], roles, exact=True))
    project = builder.project()
    images = [id for catalog in catalogs if roles[catalog.file] == _TRUTH for id in catalog.assets_by_image()]
    return evaluate(project, project, kind, images=images, exact=True)


def _found(path: Path) -> list[File]:
    """List the COCO files under a path."""
    found = find([path])
    if found.projects:
        raise UsageError(f"{shown(path)!r} holds a project; read both sides with labelqa.read and give the projects")
    reader = format_named("coco")
    if path.is_file() and len(found.files) == 1:
        return found.files
    refusals = {file.name: reader.refuse(sample(file)) for file in found.files}
    beside = by_name(file for file in found.files if is_picture(file.name))
    files = [replace(file, beside=beside) for file in found.files if refusals[file.name] is None]
    if not files:
        raise InputError("COCO files", file=shown(path), found=f"{len(found.files)} files, none of which is one")
    return files
