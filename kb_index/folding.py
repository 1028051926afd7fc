"""One spelling for what people write in several: width, case, traditional characters, marks."""

import re
import unicodedata
from functools import cache
from hashlib import blake2b
from importlib import import_module
from typing import Any

VERSION = 1  # part of an index's name: another folding makes another index
MARKS = re.compile(r"[\W_]+")


@cache
def _simplifier() -> Any:  # Any: loaded when first used
    return import_module("opencc").OpenCC("t2s")  # dictionaries of 2 MB, read once


def fold(text: str) -> str:
    """NFKC, lower case, simplified characters."""
    return _simplifier().convert(unicodedata.normalize("NFKC", text).lower())


def normalise(question: str) -> str:
    """What two questions have in common that are the same: letters, characters and digits alone."""
    return MARKS.sub("", fold(question))


def fingerprint(question: str) -> str:
    """Of a whole question, normalised: equal for the same ones, short whatever their length."""
    return blake2b(normalise(question).encode(), digest_size=12).hexdigest()
