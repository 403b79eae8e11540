"""Maps of function space: snapshots as points in two or three dimensions, one file for each method.

Start at `EMBEDDINGS`, which names them; each takes `Snapshots` and gives an `Embedding`.
"""

from diagnostics.embedding.methods import EMBEDDINGS
from diagnostics.embedding.result import Embedding, Interrupted, Method, Options

__all__ = ["EMBEDDINGS", "Embedding", "Interrupted", "Method", "Options"]
