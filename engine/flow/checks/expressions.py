"""Every expression parses, gives what its place wants, and reads what there can be and is not null."""

from engine.expr import ANY, BOOL, ExprType, ObjectType, check_expression
from engine.expr.nodes import Node
from engine.expr.types import Path
from engine.flow.checks.known_variables import KnownVariables, is_closed
from engine.flow.checks.nulls import told_of_null, unguarded_nulls
from engine.flow.checks.operations import KnownValues
from engine.flow.checks.reading_expressions import Site, parsed, reads_in, sites, variables_in
from engine.flow.checks.subject import Subject
from engine.flow.model import Element, ElementKey, ServiceTask, UserTask
from engine.problem import Problem, Severity


def check_expressions(subject: Subject) -> None:
    _Check(subject).run()


class _Check:
    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.known = KnownValues(subject)
        self.unknown_is = Severity.ERROR if is_closed(subject.model) else Severity.WARNING
        self._reads: dict[ElementKey, KnownVariables] = {}

    def run(self) -> None:
        for site in sites(self.subject.model):
            node = parsed(site.source)
            used = [] if node is None else list(reads_in(node))
            self._check_names(site, used)
            self._check_types(site, set() if node is None else variables_in(node))
            if node is not None and site.expect == BOOL:
                self._check_nulls(site, node, used)

    def _check_names(self, site: Site, used: list[tuple[Path, Node | None]]) -> None:
        known = self.known.variables
        for name in dict.fromkeys(path[1] for path, _ in used if path[0] == "vars" and len(path) > 1):
            if name not in known:
                hint = self.subject.problems.nearest(name, known)
                message = f"no form, output or start variable gives '{name}'"
                self.subject.problems.add(
                    "UNKNOWN_VARIABLE", message, site.path, suggestion=hint, severity=self.unknown_is
                )

    def _check_types(self, site: Site, named: set[str]) -> None:
        for found in check_expression(site.source, self._scope(site, named), expect=self._expected(site)):
            self.subject.problems.put(
                Problem(
                    code=found.code,
                    message=found.message,
                    path=site.path,
                    line=found.line,
                    column=found.column,
                    suggestion=found.suggestion,
                )
            )

    def _scope(self, site: Site, named: set[str]) -> dict[str, ExprType]:
        variables: dict[str, ExprType] = {name: typed.type for name, typed in self.known.variables.items()}
        variables = dict.fromkeys(named, ANY) | variables  # unknown ones are told on their own
        reads: dict[str, ExprType] = {name: typed.type for name, typed in self._reads_at(site).items()}
        both: dict[str, ExprType] = {
            "vars": ObjectType("vars", lambda: variables),
            "reads": ObjectType("reads", lambda: reads),
        }
        scope = {name: both[name] for name in site.sees}
        for name in site.also:
            scope[name] = self._result(site) if name == "result" else ANY
        return scope

    def _element(self, site: Site) -> Element:
        return self.subject.model.elements[ElementKey(site.element)]

    def _reads_at(self, site: Site) -> KnownVariables:
        element = self._element(site)
        if element.key not in self._reads:
            self._reads[element.key] = self.known.reads(element)
        return self._reads[element.key]

    def _result(self, site: Site) -> ExprType:
        element = self._element(site)
        if site.path.startswith(f"{element.key}/reads/"):
            name = site.path.removeprefix(f"{element.key}/reads/").removesuffix("/value")
            return self.known.result(element.reads[name].call).type
        if isinstance(element, ServiceTask):
            return self.known.result(element.call).type
        return ANY

    def _expected(self, site: Site) -> ExprType | None:
        """A call's variable is of the type that the operation declares."""
        element, (path, _, name) = self._element(site), site.path.rpartition("/variables/")
        calls = {f"{element.key}/reads/{key}": read.call for key, read in element.reads.items()}
        if isinstance(element, ServiceTask) and element.call is not None:
            calls[f"{element.key}/call"] = element.call
        if isinstance(element, ServiceTask | UserTask) and element.compensate is not None:
            calls[f"{element.key}/compensate"] = element.compensate
        described = self.subject.describe(calls[path]) if path in calls else None
        return described.variables.get(name) if described is not None else site.expect

    def _check_nulls(self, site: Site, node: Node, used: list[tuple[Path, Node | None]]) -> None:
        """A condition that computes with a null fails; comparing with `==` or asking `has` does not."""
        scopes = {"vars": self.known.variables, "reads": self._reads_at(site)}
        for name in unguarded_nulls(node, used, scopes):
            message, hint = told_of_null(name)
            self.subject.warn("NULL_IN_CONDITION", message, site.path, suggestion=hint)
