"""The part of google-re2 that we use; the package brings no types."""

class error(Exception): ...

class Options:
    max_mem: int
    log_errors: bool

class _Match:
    def group(self, group: int = 0) -> str: ...

class _Regexp:
    def search(self, text: str) -> _Match | None: ...
    def fullmatch(self, text: str) -> _Match | None: ...

def compile(pattern: str, options: Options | None = None) -> _Regexp: ...  # noqa: A001
