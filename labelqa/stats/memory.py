"""Memory that is freed is kept for the next array.

Where the C library is glibc, a large array that is freed goes back to the system at once, and the next one comes in
zeroed pages, one fault each: up to a quarter of the time of a chain of array steps. The bounds from which that is done
grow with what was freed before: once a block of nearly 32 MB has been, up to 64 MB stay with the process.

Source
------
mallopt(3), "Dynamic mmap threshold"; glibc's DEFAULT_MMAP_THRESHOLD_MAX is 32 MB on 64 bits.
"""

import numpy as np

_MOST = (32 << 20) - (1 << 16)
"""Bytes of the largest block, with some room for the headers, that the bounds grow with."""


def keep_freed() -> None:
    """Make the C library keep freed memory, by freeing one block that nobody has touched. Elsewhere nothing happens."""
    np.empty(_MOST, np.uint8)
