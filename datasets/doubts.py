"""What may be meant otherwise in a table that can be learned from: to be asked before a training, not to be decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from datasets.columns import MOST_CLASSES

if TYPE_CHECKING:
    import pandas as pd

    from datasets.prepared import Prepared


def doubts(table: pd.DataFrame, target: str, task: str, data: Prepared) -> tuple[str, ...]:
    """Return sentences on numbers that are read as classes, and on features that are the target under another name.

    Parameters
    ----------
    table : DataFrame
    target : str
        One of its columns.
    task : str
        As it was asked for; nothing is doubted of what a person chose.
    data : Prepared
        Made of them.
    """
    import pandas as pd

    result = []
    is_number = pd.api.types.is_numeric_dtype(table[target]) and not pd.api.types.is_bool_dtype(table[target])
    if task == "auto" and data.task == "classification" and data.n_outputs > 2 and is_number:
        result.append(
            f"{target!r} holds {data.n_outputs} different whole numbers, taken as classes. If 3 is nearer to 4 "
            "than to 9, as with counts and marks, choose above to predict a number."
        )
    for name in copies_of_target(table, target, [column.column for column in data.recipe.columns]):
        result.append(
            f"{name!r} says the same as the target {target!r} in every row: a network would only copy it. Leave it out "
            "of the features, unless it is known before the target is."
        )
    return tuple(result)


def copies_of_target(frame: pd.DataFrame, target: str, features: Sequence[str]) -> tuple[str, ...]:
    """Return the features that are the target under another name: one value for each of its values, in every row.

    A target with more than 50 different values has copies with the same values only: of numbers that are all different
    each tells the row, and so any other number.
    """
    import pandas as pd

    answer = frame[target]
    if answer.nunique() > MOST_CLASSES:
        return tuple(name for name in features if frame[name].equals(answer))
    codes = pd.factorize(answer)[0]  # numbered as they come
    n_values = int(codes.max()) + 1
    alike = (name for name in features if frame[name].nunique() == n_values)
    return tuple(name for name in alike if np.array_equal(pd.factorize(frame[name])[0], codes))
