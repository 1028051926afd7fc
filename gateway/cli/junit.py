"""Results of scenarios as JUnit XML, which CI servers show."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent  # written here, never read

from engine.problem import Problem, Severity


class Outcome(Protocol):
    """What became of a scenario or a case."""

    @property
    def ok(self) -> bool: ...
    @property
    def problems(self) -> Sequence[Problem]: ...


Runs = Sequence[tuple[str, Outcome]]


def write_junit(path: Path, files: Iterable[tuple[Path, Runs]]) -> None:
    """One suite a file, one case a scenario. Raises OSError where it cannot be written."""
    root = Element("testsuites")
    for file, runs in files:
        failed = sum(not run.ok for _, run in runs)
        suite = SubElement(root, "testsuite", name=str(file), tests=str(len(runs)), failures=str(failed))
        for name, run in runs:
            case = SubElement(suite, "testcase", name=name, classname=file.name.partition(".")[0])
            errors = [one for one in run.problems if one.severity is Severity.ERROR]
            if errors:
                failure = SubElement(case, "failure", message=errors[0].message, type=errors[0].code)
                failure.text = "\n".join(f"{one.path or ''}: {one.message} ({one.code})" for one in errors)
    indent(root)
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
