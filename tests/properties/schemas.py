"""Generate random schemas that use every way in which a field gets its value."""

from dataclasses import replace
from random import Random

from tests.properties.expressions import random_expr
from tests.properties.model import (
    ENUM,
    KEY,
    SCALARS,
    Api,
    Arg,
    Batch,
    Const,
    Entry,
    Feed,
    FieldSpec,
    Model,
    ObjectMap,
    Plain,
    Ref,
    Rule,
    Several,
    Supply,
    TypeSpec,
)

ROLE = "agent"
ARGS = (
    Arg(name="s", ref=Ref(name="String", required=(False,))),
    Arg(name="n", ref=Ref(name="Int", required=(True,))),
    Arg(name="n", ref=Ref(name="Int", required=(True,)), default="4"),
    Arg(name="e", ref=Ref(name=ENUM, required=(False,)), default="GREEN"),
    Arg(name="b", ref=Ref(name="Boolean", required=(False,))),
    Arg(name="tags", ref=Ref(name="String", required=(False, True))),
    Arg(name="in", ref=Ref(name="Filter", required=(False,))),
)


class SchemaMaker:
    """One random schema. Plain objects nest only forward in the order of types, so that mappings end."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.model = Model()
        self._count = 0
        self._silent = rng.random() < 0.5  # one way of denying per schema: which of two rules is told is open
        self._key = Ref(name="ID", required=(rng.random() < 0.4,))

    def make(self) -> Model:
        rng, model = self.rng, self.model
        names = [f"T{i}" for i in range(rng.randint(3, 5))]
        for name in names:
            model.types[name] = TypeSpec(name=name, keyed=rng.random() < 0.75)
        self._make_abstract(names)
        for name in reversed(names):  # what is nested is complete before it is nested
            self._plain_fields(model.types[name], names)
        for spec in list(model.types.values()):
            if spec.keyed:
                spec.entities.append(self._entity_api(spec))
            self._other_fields(spec)
            self._rules(spec)
        model.types["Query"] = self._root("Query", names)
        model.types["Mutation"] = self._root("Mutation", names)
        return model

    # ------------------------------------------------------------------ types
    def _make_abstract(self, names: list[str]) -> None:
        """An interface and a union over the last types: both may be nested in the earlier ones."""
        members = tuple(names[-2:])
        shared = tuple(f"i{n}" for n in range(self.rng.randint(1, 2)))
        self.model.interfaces["Node"] = shared
        self.model.abstract["Node"] = members
        self.model.abstract["Either"] = tuple(names[-3:]) if len(names) > 3 else members
        refs = {name: self._leaf_ref() for name in shared}
        for member in members:
            spec = self.model.types[member]
            spec.interface = "Node"
            for name, ref in refs.items():
                spec.fields[name] = FieldSpec(name=name, ref=ref, supply=Plain())

    def _plain_fields(self, spec: TypeSpec, names: list[str]) -> None:
        if spec.keyed:
            spec.fields[KEY] = FieldSpec(name=KEY, ref=self._key, supply=Plain())
        for scalar in ("String", "Int", "Boolean"):  # what expressions and templates read
            self._add(spec, Ref(name=scalar, required=(self.rng.random() < 0.2,)), Plain(), clean=True)
        for _ in range(self.rng.randint(1, 3)):
            self._add(spec, self._leaf_ref(), Plain(), args=self._args())
        later = names[names.index(spec.name) + 1 :]
        for _ in range(self.rng.randint(1, 2)):
            stubs = [name for name in names if self.model.types[name].keyed]
            if stubs and self.rng.random() < 0.7:
                self._add(spec, self._ref(self.rng.choice(stubs)), Plain(stub=True))
            elif later:
                nested = [
                    *later,
                    *(a for a in self.model.abstract if set(self.model.abstract[a]) <= set(later)),
                ]
                self._add(spec, self._ref(self.rng.choice(nested)), Plain())

    def _other_fields(self, spec: TypeSpec) -> None:
        for _ in range(self.rng.randint(1, 3)):
            args = self._args()
            expr, ref = random_expr(self.rng, spec, args)
            self._add(spec, ref, expr, args=args, clean=ref.required == (False,))
        if self.rng.random() < 0.4:
            self._add(
                spec,
                Ref(name="Int", required=(False,)),
                Const(value=self.rng.choice([7, None])),
                args=self._args(),
            )
        for _ in range(self.rng.randint(1, 3)):
            args = self._args()
            ref = self._any_ref()
            several = self._several(ref, self._feeds(spec, args))
            if several is not None:
                self._add(spec, ref, several, args=args)
                continue
            api = self._api(ref, self._feeds(spec, args))
            if spec.keyed and self.rng.random() < 0.4:
                api = self._grouped_api(ref) or api
            self._add(spec, api.ref, api, args=() if api.batch else args, clean=api.clean)

    def _rules(self, spec: TypeSpec) -> None:
        rng = self.rng
        for field in list(spec.fields.values()):
            refused_at_publish = self._silent and field.ref.required[0]
            shared = field.name == KEY or field.name.startswith("i")
            if not refused_at_publish and not shared and rng.random() < 0.1:
                spec.fields[field.name] = replace(field, rule=self._rule(spec))
        if rng.random() < 0.15:
            spec.rule = self._rule(spec)

    def _rule(self, spec: TypeSpec) -> Rule:
        kind = self.rng.random()
        if kind < 0.2 and not self._silent:
            return Rule(silent=False, authenticated=True)
        if kind < 0.5:
            return Rule(silent=self._silent, role=ROLE)
        texts = [f.name for f in spec.fields.values() if f.clean and f.ref.name == "String"]
        plain = [name for name in texts if isinstance(spec.fields[name].supply, Plain)]
        return Rule(silent=self._silent, reads=self.rng.choice(plain), equals=self.rng.choice(["a", "B c"]))

    def _root(self, root: str, names: list[str]) -> TypeSpec:
        spec = TypeSpec(name=root)
        for name in [*names, *self.model.abstract]:
            args = self._args()
            ref = self._ref(name)
            several = self._several(ref, self._feeds(None, args)) if root == "Query" else None
            if several is not None:
                self._add(spec, ref, several, args=args)
            elif root == "Query" or self.rng.random() < 0.6:
                api = self._api(ref, self._feeds(None, args), root=root)
                self._add(spec, api.ref, api, args=args)
        for _ in range(2):
            args = self._args()
            api = self._api(self._leaf_ref(), self._feeds(None, args), root=root)
            self._add(spec, api.ref, api, args=args)
        if root == "Query":
            self._query_entities(spec)
            self._const_object(spec, names)
        return spec

    def _query_entities(self, query: TypeSpec) -> None:
        """Some entity types are filled by a Query field instead, or as well."""
        for spec in list(self.model.types.values()):
            if spec.keyed and self.rng.random() < 0.4:
                if self.rng.random() < 0.6:
                    spec.entities.clear()
                args = (Arg(name=KEY, ref=Ref(name="ID", required=(True,))),)
                feed = Feed(name=KEY, root="args", path=(KEY,), place=self.rng.choice(["path", "query"]))
                ref = Ref(name=spec.name, required=(False,))
                api = replace(self._api(ref, (feed,)), entity=True, keys=())
                self.model.apis[api.id] = api
                spec.entities.append(api)
                self._add(query, ref, api, args=args)

    def _const_object(self, query: TypeSpec, names: list[str]) -> None:
        spec = self.model.types[self.rng.choice(names)]
        if spec.keyed or any(isinstance(f.supply, Plain) and f.ref.required[0] for f in spec.fields.values()):
            return
        known: dict[str, object] = {"String": "a", "Int": 5, "Boolean": True}
        value = {
            f.name: known.get(f.ref.name) if f.ref.depth == 0 else None
            for f in spec.fields.values()
            if isinstance(f.supply, Plain)
        }
        self._add(query, Ref(name=spec.name, required=(False,)), Const(value=value))

    # ------------------------------------------------------------------ fields
    def _add(
        self, spec: TypeSpec, ref: Ref, supply: Supply, *, args: tuple[Arg, ...] = (), clean: bool = False
    ) -> None:
        self._count += 1
        name = f"{spec.name[0].lower()}{spec.name[1:] if spec.name[0] == 'T' else ''}f{self._count}"
        spec.fields[name] = FieldSpec(name=name, ref=ref, supply=supply, args=args, clean=clean)

    def _levels(self) -> tuple[bool, ...]:
        depth = self.rng.choice((0, 0, 0, 0, 1, 1, 2))
        return tuple(self.rng.random() < 0.3 for _ in range(depth + 1))

    def _leaf_ref(self) -> Ref:
        return Ref(name=self.rng.choice((*SCALARS, ENUM)), required=self._levels())

    def _ref(self, name: str) -> Ref:
        return Ref(name=name, required=self._levels())

    def _any_ref(self) -> Ref:
        if self.rng.random() < 0.4:
            return self._leaf_ref()
        types = [name for name in self.model.types if name not in ("Query", "Mutation")]
        return self._ref(self.rng.choice([*types, *self.model.abstract]))

    def _args(self) -> tuple[Arg, ...]:
        picked = self.rng.sample(ARGS, self.rng.choice((0, 0, 1, 1, 2)))
        return tuple({arg.name: arg for arg in picked}.values())

    # ------------------------------------------------------------------ APIs
    def _api(self, ref: Ref, feeds: tuple[Feed, ...], *, root: str = "Query") -> Api:
        self._count += 1
        method = self.rng.choice(("GET", "GET", "GET", "POST") if root == "Query" else ("POST", "PUT"))
        if method == "GET":
            feeds = tuple(replace(f, place="query") if f.place == "body" else f for f in feeds)
            feeds = tuple(f for f in feeds if f.path != ("in",))
        made = self.object_map(ref.name) if self.model.is_composite(ref.name) else None
        keys = self.rng.choice(((), ("data",))) if made is not None else ("v",)
        leaf = made is None and ref.required == (False,)
        api = Api(
            id=f"a{self._count}",
            method=method,
            feeds=feeds,
            ref=ref,
            keys=keys,
            made=made,
            clean=leaf and ref.name in ("String", "Int", "Boolean") and self.rng.random() < 0.7,
            defaults=leaf and ref.name == "Int" and self.rng.random() < 0.5,
            default=99,
        )
        self.model.apis[api.id] = api
        return api

    def _several(self, ref: Ref, feeds: tuple[Feed, ...]) -> Several | None:
        """Two or three APIs that share the fields of an object, or of listed ones that meet by their key."""
        spec = self.model.types.get(ref.name)
        if spec is None or ref.depth > (1 if spec.keyed else 0) or self.rng.random() < 0.5:
            return None
        names = [entry.field for entry in self._entries(ref.name, stub=False)]
        shared = {KEY} if ref.depth else set[str]()
        own = [name for name in names if name not in shared]
        count = min(self.rng.choice((2, 2, 3)), len(own))
        self.rng.shuffle(own)
        return Several(apis=tuple(self._part(ref, feeds, {*own[n::count], *shared}) for n in range(count)))

    def _part(self, ref: Ref, feeds: tuple[Feed, ...], names: set[str]) -> Api:
        api = self._api(ref, feeds)
        assert api.made is not None, "parts are of objects"
        made = ObjectMap(entries=tuple(e for e in api.made.entries if e.field in names), kinds={})
        api = self.model.apis[api.id] = replace(api, made=made)
        return api

    def _feeds(self, spec: TypeSpec | None, args: tuple[Arg, ...]) -> tuple[Feed, ...]:
        """What a call sends: its arguments, siblings of any kind, the caller."""
        feeds: list[Feed] = []
        for arg in args:
            place = self.rng.choice(("query", "query", "path", "body", "header"))
            if arg.name == "in":
                below = Feed(name="text", root="args", path=("in", "text"), place="query")
                feeds += [Feed(name="in", root="args", path=("in",), place="body"), below]
            elif arg.name == "tags":
                feeds.append(Feed(name="tags", root="args", path=("tags",), place="query", join=True))
            else:
                feeds.append(Feed(name=arg.name, root="args", path=(arg.name,), place=place))
        if spec is not None:
            for path in self._siblings(spec):
                place = self.rng.choice(("query", "query", "path", "body"))
                feeds.append(Feed(name=f"p{len(feeds)}", root="this", path=path, place=place))
        if self.rng.random() < 0.1:
            feeds.append(Feed(name="who", root="context", path=("subject",), place="query"))
        order = ("path", "query", "header", "body")
        return tuple(sorted(feeds, key=lambda feed: order.index(feed.place)))

    def _siblings(self, spec: TypeSpec) -> list[tuple[str, ...]]:
        """Paths to siblings written earlier, so that there is no cycle; some one object down."""
        leaves = [f for f in spec.fields.values() if not f.args and f.ref.depth == 0 and f.ref.name != "JSON"]
        paths = [
            (f.name,) for f in leaves if not self.model.is_composite(f.ref.name) and f.ref.name != "Float"
        ]
        for field in leaves:
            below = self.model.types.get(field.ref.name)
            if below is not None and isinstance(field.supply, Plain):
                paths += [(field.name, f.name) for f in below.fields.values() if _is_plain_text(f)]
        return self.rng.sample(paths, min(len(paths), self.rng.choice((0, 1, 1, 2))))

    def _entity_api(self, spec: TypeSpec) -> Api:
        api = self._api(Ref(name=spec.name, required=(False,)), ())
        batched = self.rng.random() < 0.7
        joined = batched and api.method == "GET"
        feed = Feed(
            name=KEY,
            root="batch" if batched else "this",
            path=(KEY,),
            place="query" if joined else self.rng.choice(("query", "path") if not batched else ("body",)),
            join=joined,
        )
        batch = Batch(max_size=self.rng.choice((1, 2, 50))) if batched else None
        api = replace(api, feeds=(feed,), batch=batch)
        self.model.apis[api.id] = api
        return api

    def _grouped_api(self, ref: Ref) -> Api | None:
        """A field-level batch: the many (or the one) of each parent."""
        ref = Ref(name=ref.name, required=ref.required[-2:])
        api = self._api(ref, ())
        if api.made is None:
            return None
        joined = api.method == "GET"
        feed = Feed(name=KEY, root="batch", path=(KEY,), place="query" if joined else "body", join=joined)
        batch = Batch(max_size=self.rng.choice((1, 2, 50)), key="owner")
        api = replace(api, feeds=(feed,), batch=batch)
        self.model.apis[api.id] = api
        return api

    def object_map(self, name: str, *, stub: bool = False) -> ObjectMap:
        """A mapping that gives everything plain of a type, or of every member; of a stub the key alone."""
        if name not in self.model.abstract:
            return ObjectMap(entries=self._entries(name, stub=stub), kinds={})
        shared = self.model.interfaces.get(name, ())
        members = self.model.abstract[name]
        kinds = {
            member: tuple(e for e in self._entries(member, stub=False) if e.field not in shared)
            for member in members
        }
        return ObjectMap(
            entries=tuple(e for e in self._entries(members[0], stub=False) if e.field in shared), kinds=kinds
        )

    def _entries(self, name: str, *, stub: bool) -> tuple[Entry, ...]:
        return tuple(
            self._entry(field, field.supply)
            for field in self.model.types[name].fields.values()
            if isinstance(field.supply, Plain) and (field.name == KEY or not stub)
        )

    def _entry(self, field: FieldSpec, supply: Plain) -> Entry:
        keys = self.rng.choice(
            ((field.name,), (field.name,), (f"u_{field.name}",), ("deep", f"u_{field.name}"))
        )
        composite = self.model.is_composite(field.ref.name)
        below = self.object_map(field.ref.name, stub=supply.stub) if composite else None
        clean = field.clean or field.name == KEY
        return Entry(field=field.name, keys=keys, ref=field.ref, clean=clean, made=below)


def _is_plain_text(field: FieldSpec) -> bool:
    return isinstance(field.supply, Plain) and field.clean and field.ref.name == "String"


def random_schema(rng: Random) -> Model:
    return SchemaMaker(rng).make()
