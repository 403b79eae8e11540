"""The terms of the field, each explained in two sentences with formula and source; `words.explain` shows them."""

from __future__ import annotations

from pages.components import function_terms, laboratory_terms, layer_terms, training_terms
from pages.components.term import Term

__all__ = ["TERMS", "Term"]

TERMS = {**training_terms.TERMS, **layer_terms.TERMS, **function_terms.TERMS, **laboratory_terms.TERMS}
