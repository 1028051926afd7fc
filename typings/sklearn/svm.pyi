from collections.abc import Sequence
from typing import Self

import numpy as np
import numpy.typing as npt

class LinearSVC:
    classes_: npt.NDArray[np.int64]
    coef_: npt.NDArray[np.float64]
    intercept_: npt.NDArray[np.float64]

    def __init__(self, *, C: float = ..., random_state: int | None = ...) -> None: ...
    def fit(self, X: object, y: Sequence[int]) -> Self: ...
