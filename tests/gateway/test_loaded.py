"""What a gateway loads before anybody asks it something: nothing that serves only some."""

import subprocess
import sys

LATE = (
    "tantivy",
    "opencc",
    "openpyxl",
    "docx",
    "pypdf",
    "lxml",
    "markdown_it",
    "sklearn",
    "pymongo",
    "prometheus_client",
)


def test_heavy_libraries_are_loaded_when_first_used() -> None:
    script = (
        "import sys, gateway.app, gateway.wiring; print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()).isdisjoint(LATE)
