"""Pieces of the exported scripts: ordinary code, which `runs.model_export.source` copies as it stands.

Whatever a piece calls must stand in the same file, or in a library that the file imports.
"""
