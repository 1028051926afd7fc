"""Deployments ready to run: compiled once, remembered by their id since they never change."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from engine.flow.compiled import CompiledFlow, compile_flow
from engine.flow.elements import ELEMENT_TYPES, AnyElementType
from engine.flow.errors import DeploymentNotFound, FormInvalid, SubflowInvalid
from engine.flow.forms.compiled import CompiledForm, compile_form
from engine.flow.forms.judging import validate
from engine.flow.instance import DeploymentId, Variables
from engine.flow.model import ElementKey, FormModel, UserTask
from engine.flow.ports import Deployment, DeploymentStore
from engine.flow.rollout import choose_deployment

MAX_COMPILED = 500  # some 100 kB each


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A deployment with what runs of it. `start`: what its start variables are held to."""

    deployment: Deployment
    flow: CompiledFlow
    forms: Mapping[str, CompiledForm]
    start: CompiledForm | None = None

    def form_of(self, element: ElementKey) -> CompiledForm | None:
        """The form of a user task; None for a task that takes any object."""
        task = self.deployment.model.elements[element]
        return self.forms.get(task.form) if isinstance(task, UserTask) and task.form is not None else None

    def check_start(self, variables: Variables) -> None:
        """Raises `FormInvalid`."""
        if self.start is not None and (problems := validate(self.start, variables, at="variables")):
            raise FormInvalid(problems)


def compile_deployment(deployment: Deployment, types: Iterable[AnyElementType] = ELEMENT_TYPES) -> Deployed:
    """Raises ValueError for a model that the checks refuse."""
    model = deployment.model
    start = None if model.variables is None else FormModel(key="variables", schema=model.variables)
    return Deployed(
        deployment=deployment,
        flow=compile_flow(model, types),
        forms={key: compile_form(form) for key, form in model.forms.items()},
        start=None if start is None else compile_form(start),
    )


class DeployedFlows:
    """Loads and compiles; `compile` may raise ValueError only for a model its checks would have refused."""

    def __init__(
        self, store: DeploymentStore, compiling: Callable[[Deployment], Deployed] = compile_deployment
    ) -> None:
        self._store = store
        self._compile = compiling
        self._compiled: OrderedDict[DeploymentId, Deployed] = OrderedDict()

    async def get(self, deployment: DeploymentId) -> Deployed:
        """Raises `DeploymentNotFound`."""
        known = self._compiled.get(deployment)
        if known is not None:
            self._compiled.move_to_end(deployment)
            return known
        found = await self._store.find_deployment(deployment)
        if found is None:
            raise DeploymentNotFound(deployment=deployment)
        return self._remember(found)

    async def choose(self, flow_key: str, *, case: str) -> Deployed:
        """The one a new instance begins with. Raises `DeploymentNotFound`."""
        chosen = choose_deployment(await self._store.deployments(flow_key), flow_key=flow_key, case=case)
        if chosen is None:
            raise DeploymentNotFound(deployment=flow_key)
        return self._compiled.get(chosen.id) or self._remember(chosen)

    async def callee(
        self, caller: DeploymentId, element: str, flow: str, *, latest: bool, case: str
    ) -> Deployed:
        """What a call activity runs: the newest of the flow, or the one pinned. Raises `SubflowInvalid`."""
        pinned = (await self.get(caller)).deployment.pinned.get(flow)
        try:
            if latest or pinned is None:
                return await self.choose(flow, case=case)
            return await self.get(pinned)
        except DeploymentNotFound:
            reason = f"the flow {flow!r} is not deployed"
            raise SubflowInvalid(element=element, reason=reason) from None

    def _remember(self, deployment: Deployment) -> Deployed:
        compiled = self._compiled[deployment.id] = self._compile(deployment)
        if len(self._compiled) > MAX_COMPILED:
            self._compiled.popitem(last=False)
        return compiled
