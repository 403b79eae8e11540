"""The methods by name, the default first."""

from __future__ import annotations

from collections.abc import Mapping

from diagnostics.embedding.mds import mds
from diagnostics.embedding.pca import pca
from diagnostics.embedding.result import Method

EMBEDDINGS: Mapping[str, Method] = {"mds": mds, "pca": pca}
SEEDED = frozenset({"tsne"})  # whose maps depend on `Options.seed`
