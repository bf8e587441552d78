"""What an instances file lists: images and categories, to which annotations and results refer by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from labelqa.project import Builder


@dataclass(frozen=True)
class Catalog:
    """Images and categories of an instances file.

    Parameters
    ----------
    file : str
        The file's name.
    images : polars.DataFrame
        `image` (its id as text, unique), `asset_id`, `width`, `height` (null where unknown).
    categories : polars.DataFrame
        `category` (its id as text, unique), `class`, `points` (names of its keypoints, or null).
    """

    file: str
    images: pl.DataFrame
    categories: pl.DataFrame

    def assets_by_image(self) -> list[str]:
        """Give the ids of assets in the order of the ids of images: by number if all are numbers, else by text."""
        number = self.images["image"].cast(pl.Int64, strict=False)
        order = self.images["image"].arg_sort() if number.null_count() else number.arg_sort()
        return self.images["asset_id"].gather(order).to_list()


def catalog_for(results: pl.DataFrame, catalogs: Sequence[Catalog], builder: Builder) -> Catalog:
    """Choose what the results of a file refer to.

    That is all instances files with any of the images, as one. If these do not agree on what an id means, it is the
    one file that knows most of the images, then most of the categories, then the first by name.

    Parameters
    ----------
    results : polars.DataFrame
        `image` and `category` of each result.
    catalogs : sequence of Catalog
        At least one.
    builder : Builder
        Is told if the files do not agree.
    """
    images, categories = results.select("image").unique(), results.select("category").unique()
    known = {catalog.file: catalog.images.join(images, on="image", how="semi").height for catalog in catalogs}
    meant = [catalog for catalog in catalogs if known[catalog.file] or not len(images)]
    joined = _joined(meant) if meant else Catalog("", catalogs[0].images.clear(), catalogs[0].categories.clear())
    if joined is not None:
        return joined

    def rank(catalog: Catalog) -> tuple[int, int, str]:
        n_categories = catalog.categories.join(categories, on="category", how="semi").height
        return -known[catalog.file], -n_categories, catalog.file

    best = min(meant, key=rank)
    builder.problem(
        "warning",
        "instances files that agree on what an id means; the one that knows most of the images is taken",
        field="image_id, category_id",
        found=best.file,
        remedy="Read the results together with the instances file they belong to, and no other.",
    )
    return best


def _joined(catalogs: Sequence[Catalog]) -> Catalog | None:
    """Make one of several; None if an id means two things."""
    images = pl.concat([catalog.images for catalog in catalogs]).unique(maintain_order=True)
    categories = pl.concat([catalog.categories for catalog in catalogs]).unique(maintain_order=True)
    if images["image"].is_duplicated().any() or categories["category"].is_duplicated().any():
        return None
    return Catalog(catalogs[0].file, images, categories)
