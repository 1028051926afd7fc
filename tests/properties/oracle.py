"""What the design means, told naively: graphql-core over resolvers that make one call per field and parent.

No batching, no sharing, no compiled mapping, no plan: a field's value is a constant, an expression, a part
of the object it stands in, the answer of its own call, or a part of the entity that its object is a stub of.
"""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    execute_sync,
)

from engine.access import Principal
from tests.properties.model import (
    KEY,
    Api,
    Const,
    Expr,
    Feed,
    FieldSpec,
    Model,
    Plain,
    Ref,
    Rule,
    Several,
)
from tests.properties.parts import called_parts, join
from tests.properties.values import (
    MAPPING_ERROR,
    Absent,
    Constant,
    Fault,
    Given,
    dig,
    map_object,
    text_of,
    whole,
)
from tests.properties.worlds import Sent, World

Roots = Mapping[str, Mapping[Any, object]]  # `$args` by name, `$this` by path


class Oracle:
    """One execution against one world for one caller."""

    def __init__(self, model: Model, world: World, principal: Principal) -> None:
        self.model = model
        self.world = world
        self.principal = principal
        self.asked: set[tuple[str, str]] = set()  # as WorldTransport.asked
        self.wrote: list[tuple[str, str]] = []
        self.joins = 0  # fields whose value several calls gave

    def execute(
        self, schema: GraphQLSchema, document: DocumentNode, name: str | None, variables: Mapping[str, object]
    ) -> ExecutionResult:
        return execute_sync(
            schema,
            document,
            Given(),
            operation_name=name,
            variable_values=dict(variables),
            field_resolver=self._resolve_field,
            type_resolver=_type_of,
        )

    def _resolve_field(
        self, source: "Given | Constant", info: GraphQLResolveInfo[None], **args: object
    ) -> object:
        field = self.model.types[info.parent_type.name].fields[info.field_name]
        denied = self._denial(info.parent_type.name, field, source, args)
        if denied is not None:
            return self._deny(denied, required=field.ref.required[0])
        if isinstance(field.supply, Several) and field.name not in source:
            value = self._joined(info, field, field.supply, source, args)
            return self._finish(value, field.ref, 0, stub=False)
        value = self._resolve(info.parent_type.name, field, source, args)
        made_here = isinstance(field.supply, Api) and field.supply.made is not None
        return self._finish(value, field.ref, 0, stub=not made_here or field.name in source)

    # ------------------------------------------------------------------ values
    def _resolve(
        self, parent: str, field: FieldSpec, source: "Given | Constant", args: Mapping[str, object]
    ) -> object:
        """The value of a field before it is completed. Raises Fault."""
        supply = field.supply
        if isinstance(supply, Const):
            return _constant(supply.value)
        if isinstance(supply, Expr):
            this = {path[0]: self._sibling(parent, path, source) for path in field.needs}
            return supply.meaning(this, args, self.principal.subject)
        if field.name in source:
            return whole(source[field.name])
        if isinstance(supply, Api):
            return self._call(supply, parent, field, source, args)
        if isinstance(source, Constant):
            return None
        return self._from_entity(parent, field, source)

    def _sibling(self, parent: str, path: tuple[str, ...], source: "Given | Constant") -> object:
        """What stands at `this.path`."""
        field = self.model.types[parent].fields[path[0]]
        value = self._resolve(parent, field, source, {})
        for name in path[1:]:
            value = self._below(value, field.ref.name, name)
        return value

    def _below(self, value: object, type_name: str, name: str) -> object:
        if isinstance(value, Given | Constant):
            if self._stands_for_nothing(value, type_name):
                return None
            return self._resolve(type_name, self.model.types[type_name].fields[name], value, {})
        if value is not None:
            raise Fault(MAPPING_ERROR)  # the paths of these schemas lead through single objects
        return None

    def _from_entity(self, parent: str, field: FieldSpec, stub: "Given | Constant") -> object:
        for api in self.model.types[parent].entities:
            assert api.made is not None, "entities are objects"
            if all(entry.field != field.name for entry in api.made.entries):
                continue
            entity = self._entity(api, parent, stub)
            if entity is None:
                return None
            if not isinstance(entity, Given):
                raise Fault(MAPPING_ERROR)
            return entity[field.name]
        return None

    def _entity(self, api: Api, parent: str, stub: "Given | Constant") -> object:
        key = self._sibling(parent, (KEY,), stub)
        if key is None:
            return None
        if api.entity:
            return self._call_single(api, {"args": {KEY: key}})
        if api.batch is None:
            return self._call_single(api, {"this": {(KEY,): key}})
        found = self._batch_items(api, key)
        if not found:
            raise Fault("BATCH_KEY_MISSING")
        return found[0]

    # ------------------------------------------------------------------ calls
    def _call(
        self,
        api: Api,
        parent: str,
        field: FieldSpec,
        source: "Given | Constant",
        args: Mapping[str, object],
    ) -> object:
        this = {path: self._sibling(parent, path, source) for path in field.needs}
        if api.batch is None:
            return self._call_single(api, {"this": this, "args": args})
        many = field.ref.depth > 0
        key = this[KEY,]
        found = [] if key is None else self._batch_items(api, key)
        return found if many else (found[0] if found else None)

    def _joined(
        self,
        info: GraphQLResolveInfo[None],
        field: FieldSpec,
        supply: Several,
        source: "Given | Constant",
        args: Mapping[str, object],
    ) -> object:
        """The answers of those connectors that give what the operation wants of this field."""
        this = {path: self._sibling(info.parent_type.name, path, source) for path in field.needs}
        called = called_parts(info, self.model, field, self.principal)
        self.joins += len(called) > 1
        outcomes: dict[int, object] = {}
        for number in called:
            try:
                outcomes[number] = self._call_single(supply.apis[number], {"this": this, "args": args})
            except Fault as fault:
                outcomes[number] = fault
        return whole(join(supply, outcomes, listed=field.ref.depth > 0))

    def _batch_items(self, api: Api, key: object) -> list[object]:
        """A batch of one."""
        assert api.made is not None, "items are objects"
        text = text_of(key)
        assert text is not None, "null keys ask nothing"
        self.asked.add((api.id, text))
        failed = self.world.batch_failure(api)
        if failed is not None:
            assert failed.code is not None, "it failed"
            raise Fault(failed.code)
        return [map_object(item, api.made) for item in self.world.items(api, text)]

    def _call_single(self, api: Api, roots: Roots) -> object:
        try:
            sent = self._render(api, roots)
        except Absent:
            return None
        except Fault:
            if api.defaults:
                return api.default
            raise
        call = (api.id, json.dumps(sent, sort_keys=True))
        self.asked.add(call)
        if api.method == "PUT":
            self.world.version += 1
            self.wrote.append(call)
        reply = self.world.reply(api, sent)
        if reply.code is not None:
            if api.defaults:
                return api.default
            raise Fault(reply.code)
        value = dig(reply.value, api.keys)
        return value if api.made is None else map_object(value, api.made)

    def _render(self, api: Api, roots: Roots) -> Sent:
        """What arrives at the API, part by part."""
        sent: dict[str, object] = {}
        for feed in api.feeds:
            value = self._fed(feed, roots)
            if feed.place == "body":
                sent[feed.name] = value
                continue
            text = text_of(value)
            if feed.place == "path":
                if text is None:
                    raise Absent
                if text in ("", ".", ".."):
                    raise Fault(MAPPING_ERROR)
            elif feed.place == "header":
                if text is None:
                    continue
                if any(ord(char) > 255 for char in text):
                    raise Fault(MAPPING_ERROR)
            sent[feed.name] = text or ""
        return sent

    def _fed(self, feed: Feed, roots: Roots) -> object:
        if feed.root == "context":
            return self.principal.subject
        if feed.root == "this":
            return roots["this"][feed.path]
        value: object = roots["args"]
        for name in feed.path:
            value = cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None
        if feed.join and isinstance(value, list):
            return ",".join(member for member in cast("list[str]", value))
        return value

    # ------------------------------------------------------------------ access
    def _denial(
        self, parent: str, field: FieldSpec, source: "Given | Constant", args: Mapping[str, object]
    ) -> Rule | None:
        """The rule that refuses a field: its own, that of the type it gives, or one of what it depends on."""
        if field.rule is not None and not self._passes(field.rule, parent, source):
            return field.rule
        given = self.model.types.get(field.ref.name)
        whole = given.rule if given is not None else None
        if whole is not None and whole.reads is None and not self._passes(whole, parent, source):
            return whole
        if field.rule is not None:
            return None
        needs = field.needs
        if isinstance(field.supply, Plain) and field.name not in source and not isinstance(source, Constant):
            needs = ((KEY,),)
        for path in needs:
            denied = self._denial(parent, self.model.types[parent].fields[path[0]], source, {})
            if denied is not None:
                return denied
        nested = (self._denial_below(parent, path, source) for path in needs if len(path) > 1)
        return next((denied for denied in nested if denied is not None), None)

    def _denial_below(self, parent: str, path: Sequence[str], source: "Given | Constant") -> Rule | None:
        field = self.model.types[parent].fields[path[0]]
        rule = self.model.types[field.ref.name].fields[path[1]].rule
        if rule is not None and rule.reads is None and not self._passes(rule, field.ref.name, source):
            return rule
        try:
            value = self._resolve(parent, field, source, {})
        except Fault:
            return None
        rules = (self.model.types[field.ref.name].rule, rule)
        if not isinstance(value, Given | Constant) or self._stands_for_nothing(value, field.ref.name):
            return None
        return next((r for r in rules if r is not None and not self._passes(r, field.ref.name, value)), None)

    def _passes(self, rule: Rule, parent: str, source: "Given | Constant") -> bool:
        if rule.authenticated:
            return self.principal.authenticated
        if rule.role is not None:
            return self.principal.has_role(rule.role)
        assert rule.reads is not None, "the third kind of rule"
        try:
            value = self._resolve(parent, self.model.types[parent].fields[rule.reads], source, {})
        except Fault:
            return False
        return value == rule.equals

    def _deny(self, rule: Rule, *, required: bool) -> Fault | None:
        if rule.silent and not required:
            return None
        silent_or_known = rule.silent or self.principal.authenticated
        return Fault("ACCESS_DENIED" if silent_or_known else "UNAUTHENTICATED")

    # ------------------------------------------------------------------ completion
    def _finish(self, value: object, ref: Ref, level: int, *, stub: bool) -> object:
        """The value as graphql-core completes it; an error stands where it belongs."""
        if value is None:
            return None
        if level < ref.depth:
            if not isinstance(value, list):
                return Fault(MAPPING_ERROR)
            return [self._finish(member, ref, level + 1, stub=stub) for member in value]
        if not self.model.is_composite(ref.name):
            return value
        if not isinstance(value, Given | Constant):
            return Fault(MAPPING_ERROR)
        return self._finish_object(value, ref, stub=stub)

    def _stands_for_nothing(self, stub: "Given | Constant", type_name: str) -> bool:
        """An object made inside a mapping, of a type that can be filled by its key, whose key is null."""
        return self.model.types[type_name].keyed and KEY in stub and stub[KEY] is None

    def _finish_object(self, value: "Given | Constant", ref: Ref, *, stub: bool) -> object:
        name = ref.name
        if name in self.model.abstract:
            name = str(value.get("__typename"))
            if name not in self.model.abstract[ref.name]:
                return Fault(MAPPING_ERROR)
        elif stub and self._stands_for_nothing(value, name):
            return None
        rule = self.model.types[name].rule
        known = ref.name == name and rule is not None and rule.reads is None  # decided at the field
        if rule is not None and not known and not self._passes(rule, name, value):
            return self._deny(rule, required=ref.required[-1])
        return value


def _type_of(value: "Given | Constant", *_: object) -> str:
    return str(value["__typename"])


def _constant(value: object) -> object:
    return Constant(cast("dict[str, object]", deepcopy(value))) if isinstance(value, dict) else value


def code_of(error: GraphQLError) -> str:
    """The code our errors carry for what graphql-core itself reports."""
    if isinstance(error.original_error, Fault):
        return error.original_error.code
    if error.message.startswith("Argument "):
        return "BAD_USER_INPUT"
    return MAPPING_ERROR
