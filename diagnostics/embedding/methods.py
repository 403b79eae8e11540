"""The methods by name, the default first."""

from __future__ import annotations

from collections.abc import Mapping

from diagnostics.embedding.inpca import inpca
from diagnostics.embedding.isomap import isomap
from diagnostics.embedding.mds import mds
from diagnostics.embedding.pca import pca
from diagnostics.embedding.result import Method
from diagnostics.embedding.tsne import tsne

EMBEDDINGS: Mapping[str, Method] = {"mds": mds, "pca": pca, "inpca": inpca, "isomap": isomap, "tsne": tsne}
SEEDED = frozenset({"tsne"})  # whose maps depend on `Options.seed`
