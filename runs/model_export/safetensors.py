"""Arrays by name as a safetensors file: the length of a header, the header in JSON, then the numbers.

Source: the format's specification, https://github.com/huggingface/safetensors. The package of that name is not needed
to write it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from models.arrays import Array

TYPES = {"float32": "F32", "float64": "F64"}
ALIGNMENT = 8


def safetensors(arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> bytes:
    """Return the file's content; `metadata` is text by name."""
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    numbers, start = [], 0
    for name, array in arrays.items():
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        numbers.append(little.tobytes())
        offsets = [start, start + len(numbers[-1])]
        header[name] = {"dtype": TYPES[array.dtype.name], "shape": list(array.shape), "data_offsets": offsets}
        start = offsets[1]
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    return len(text).to_bytes(8, "little") + text + b"".join(numbers)
