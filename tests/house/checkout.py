"""What the house tests look at: the files git tracks in this checkout."""

import subprocess
from pathlib import Path

TOP = Path(__file__).parents[2]
PACKAGES = ("gateway", "schema", "resolvers", "engine", "kb_index")
BUILT = "gateway/console/graphiql/"  # made by scripts/build-console from other people's sources


def tracked(*patterns: str) -> list[str]:
    """Tracked files that still exist, as paths relative to the checkout, matching any git pathspec."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=TOP, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.split("\0") if name and (TOP / name).is_file()]


def text_of(name: str) -> str:
    """The text of a tracked file; what is not UTF-8 is replaced."""
    return (TOP / name).read_text(encoding="utf-8", errors="replace")
