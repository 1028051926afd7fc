from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

class TfidfVectorizer:
    vocabulary_: Mapping[str, int]
    idf_: npt.NDArray[np.float32]

    def __init__(
        self,
        *,
        analyzer: Callable[[str], Iterable[str]],
        sublinear_tf: bool = ...,
        max_features: int | None = ...,
        dtype: type[np.float32] = ...,
    ) -> None: ...
    def fit_transform(self, raw_documents: Sequence[str]) -> object: ...
    def transform(self, raw_documents: Sequence[str]) -> object: ...
