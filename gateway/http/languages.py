"""The languages a client reads, as its `accept-language` header orders them (RFC 9110, section 12.5.4)."""

MAX_LANGUAGES = 10  # browsers send two to five


def accepted_languages(header: str | None) -> tuple[str, ...]:
    """Tags, the preferred first; what cannot be read, `*` and what is refused (`q=0`) is left out."""
    if header is None:
        return ()
    ranked = [(_quality(parameters), tag.strip()) for tag, _, parameters in _ranges(header)]
    wanted = [(quality, tag) for quality, tag in ranked if quality > 0 and tag.replace("-", "").isalnum()]
    return tuple(tag for _, tag in sorted(wanted, key=lambda one: -one[0]))


def _ranges(header: str) -> list[tuple[str, str, str]]:
    return [one.partition(";") for one in header.split(",", MAX_LANGUAGES)[:MAX_LANGUAGES]]


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
