"""Whole numbers of an export that are reckoned with: none so large that a float cannot hold it."""

from __future__ import annotations

from typing import Annotated

import msgspec

Whole = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
"""A whole number that float64 holds exactly; msgspec refuses any other, where plain `int` takes hundreds of digits."""
