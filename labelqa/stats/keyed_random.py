"""Random numbers that are a function of ids: no state, no order, the same in every partition and on every machine.

A bootstrap weight or a shuffle drawn from a generator depends on the order of the rows. Here each number is a hash of
what it belongs to (seed, asset, replicate), so files, threads and partitions may come in any order.

Sources
-------
Steele, Lea, Flood (2014), "Fast splittable pseudorandom number generators", OOPSLA, doi:10.1145/2660193.2660195:
SplitMix64, with the constants in common use (Stafford's variant 13). Its outputs are a hash of state + j * gamma, so
the j-th one can be had without the ones before it.
Hanley, MacGibbon (2006), "Creating non-parametric bootstrap samples using Poisson frequencies", Computer Methods and
Programs in Biomedicine 83, 57-62, and Chamandy, Muralidharan, Najmi, Naidu (2012),
"Estimating uncertainty for massive data streams", Google: Poisson(1) weights in place of resampling.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

_MASK = (1 << 64) - 1
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MULTIPLIER_1 = np.uint64(0xBF58476D1CE4E5B9)
_MULTIPLIER_2 = np.uint64(0x94D049BB133111EB)

_WORD = 8
# Keeps the first k bytes of a little-endian word, k = 0..8.
_KEEP_BYTES = np.array([(1 << 8 * k) - 1 for k in range(_WORD + 1)], dtype=np.uint64)
# A byte that no UTF-8 text contains, so it can part ids that contain anything.
_NOT_UTF8 = b"\xff"

# round(2**64 * P(Poisson(1) <= k)) for k = 0..19; the next one would be 2**64 itself.
_POISSON1_THRESHOLDS = (
    0x5E2D58D8B3BCDF1B,
    0xBC5AB1B16779BE35,
    0xEB715E1DC1582DC3,
    0xFB23979734A252F2,
    0xFF1025F59174DC3E,
    0xFFD90F3BA4055E1A,
    0xFFFA8B71FC72C914,
    0xFFFF540C0914B3CA,
    0xFFFFED1F4AA8F120,
    0xFFFFFE216E641463,
    0xFFFFFFD4D85D3183,
    0xFFFFFFFC6DA262B5,
    0xFFFFFFFFBA12D179,
    0xFFFFFFFFFB07C64D,
    0xFFFFFFFFFFAB8EA5,
    0xFFFFFFFFFFFABE22,
    0xFFFFFFFFFFFFB11A,
    0xFFFFFFFFFFFFFBA1,
    0xFFFFFFFFFFFFFFC5,
    0xFFFFFFFFFFFFFFFD,
)


def mix(a: int | NDArray[np.uint64], b: int | NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Hash two 64-bit numbers into one: the output number `b` (from 0) of a SplitMix64 generator in state `a`.

    Chain it for more than two: ``mix(mix(seed, key), replicate)``. The arguments are not interchangeable.

    Parameters
    ----------
    a, b : int or uint64 array
        Any shapes that broadcast together. A Python int is taken modulo 2**64; arrays must be uint64.

    Returns
    -------
    uint64 array
        Uniform over 0..2**64 - 1, shape as broadcast (0-d for two ints).

    Raises
    ------
    ValueError
        If an array has another dtype than uint64, or the shapes do not broadcast.

    Examples
    --------
    >>> mix(1234567, np.arange(2, dtype=np.uint64))  # the published first outputs of SplitMix64 for this seed
    array([6457827717110365317, 3203168211198807973], dtype=uint64)
    """
    counter = np.multiply(np.add(_as_uint64(b), np.uint64(1)), _GAMMA)
    return _finalise(np.asarray(np.add(_as_uint64(a), counter)))


def string_keys(data: ArrayLike, offsets: ArrayLike) -> NDArray[np.uint64]:
    """Hash many UTF-8 strings that lie one after the other in a buffer (as Arrow and Polars keep them).

    Each string is cut into words of 8 bytes, each word is hashed together with its place by the SplitMix64 finaliser,
    and their sum, modulo 2**64, is hashed together with the length. The result depends on the bytes alone and is part
    of what a seed means: it never changes between versions. It is not meant to withstand an adversary.

    Parameters
    ----------
    data : uint8 [n_bytes]
        The bytes of all strings.
    offsets : int64 [n + 1]
        String i is ``data[offsets[i]:offsets[i + 1]]``; never falling, within 0..n_bytes.

    Returns
    -------
    uint64 [n]

    Raises
    ------
    ValueError
        If `data` is not uint8, or `offsets` is empty, falls, or points outside the buffer.

    Examples
    --------
    >>> keys = string_keys(np.frombuffer(b"catdog", dtype=np.uint8), [0, 3, 3, 6])
    >>> bool((keys == keys_of(["cat", "", "dog"])).all())
    True
    """
    buffer, ends = np.asarray(data), np.asarray(offsets, dtype=np.int64)
    if buffer.ndim != 1 or (buffer.dtype != np.uint8 and buffer.size):
        raise ValueError(f"data must be a flat array of uint8 bytes, got {buffer.dtype} with {buffer.ndim} dimensions")
    if ends.ndim != 1 or not ends.size:
        raise ValueError("offsets must hold one number more than there are strings, so at least one")
    lengths = np.diff(ends)
    if ends[0] < 0 or ends[-1] > buffer.size or (lengths < 0).any():
        raise ValueError(f"offsets must never fall and stay within the {buffer.size} bytes of data")

    n_words = -(-lengths // _WORD)
    first_word = np.cumsum(n_words) - n_words
    place = np.arange(n_words.sum()) - np.repeat(first_word, n_words)
    bytes_left = np.repeat(lengths, n_words) - _WORD * place
    # Eight spare bytes, so that the last word of the last string can be read whole and then cut.
    padded = np.concatenate([buffer.astype(np.uint8), np.zeros(_WORD, dtype=np.uint8)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WORD)
    words = windows[np.repeat(ends[:-1], n_words) + _WORD * place].view("<u8").reshape(-1).astype(np.uint64)
    words &= _KEEP_BYTES[np.minimum(bytes_left, _WORD)]
    words ^= mix(0, place.astype(np.uint64))
    hashed = _finalise(words)

    total = np.zeros(lengths.size, dtype=np.uint64)
    filled = n_words > 0
    if hashed.size:  # reduceat has no notion of an empty segment: empty strings keep the 0
        total[filled] = np.add.reduceat(hashed, first_word[filled])
    return mix(total, lengths.astype(np.uint64))


def keys_of(ids: Sequence[str]) -> NDArray[np.uint64]:
    """Hash a list of ids, as `string_keys` does for strings that are already in a buffer.

    Parameters
    ----------
    ids : sequence of str, length n
        Any text, empty strings included.

    Returns
    -------
    uint64 [n]

    Raises
    ------
    ValueError
        If an id is a lone surrogate and so has no UTF-8 form.

    Examples
    --------
    >>> keys_of(["asset-1", "asset-2"])
    array([9081379224402884423, 5295039766142091479], dtype=uint64)
    >>> keys_of([])
    array([], dtype=uint64)
    """
    if not len(ids):
        return np.zeros(0, dtype=np.uint64)
    parted = np.frombuffer(_NOT_UTF8.join(map(str.encode, ids)) + _NOT_UTF8, dtype=np.uint8)
    is_end = parted == _NOT_UTF8[0]
    ends = np.flatnonzero(is_end) - np.arange(len(ids))  # where the strings end once the parting bytes are gone
    return string_keys(parted[~is_end], np.concatenate([[0], ends]))


def poisson1(bits: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Turn uniform 64-bit numbers into draws from the Poisson distribution with mean 1, by its inverse cdf.

    The probabilities are exact to 2**-64: the thresholds are whole numbers, no floating point takes part.

    Parameters
    ----------
    bits : uint64 array, any shape
        Uniform over 0..2**64 - 1, as `mix` makes them.

    Returns
    -------
    uint8 array of the same shape
        Counts from 0 to 20.

    Raises
    ------
    ValueError
        If `bits` is not uint64.

    Examples
    --------
    >>> poisson1(np.array([0, 2**63, 2**64 - 1], dtype=np.uint64))
    array([ 0,  1, 20], dtype=uint8)
    """
    uniform = _as_uint64(bits)
    counts = np.zeros(uniform.shape, dtype=np.uint8)
    for threshold in _POISSON1_THRESHOLDS:
        counts += uniform >= np.uint64(threshold)
    return counts


def checked_keys(key: ArrayLike, n_rows: int) -> NDArray[np.uint64]:
    """Check that `key` holds one unsigned 64-bit number for each of `n_rows` rows.

    Raises
    ------
    ValueError
        If it has another shape than [n_rows] or another dtype than uint64.

    Examples
    --------
    >>> checked_keys(keys_of(["asset-1"]), 1)
    array([9081379224402884423], dtype=uint64)
    """
    keys = np.asarray(key)
    if keys.shape != (n_rows,):
        raise ValueError(f"key must hold one number a row: {n_rows} rows, got shape {keys.shape}")
    return _as_uint64(keys) if n_rows else np.zeros(0, dtype=np.uint64)


def _as_uint64(value: int | NDArray[np.uint64]) -> NDArray[np.uint64]:
    if isinstance(value, int | np.integer):
        return np.array(int(value) & _MASK, dtype=np.uint64)
    array = np.asarray(value)
    if array.dtype != np.uint64:
        raise ValueError(f"expected unsigned 64-bit integers, got {array.dtype}; keys come from keys_of or string_keys")
    return array


def _finalise(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble in place: the SplitMix64 finaliser, a one-to-one map of the 64-bit numbers."""
    z ^= z >> np.uint64(30)
    z *= _MULTIPLIER_1
    z ^= z >> np.uint64(27)
    z *= _MULTIPLIER_2
    z ^= z >> np.uint64(31)
    return z
