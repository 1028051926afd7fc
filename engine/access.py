"""Who is calling: the one value every access decision reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ANY = "*"  # a role or unit that stands for all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The caller as the gateway's authentication understood them; `claims` are the token's own, read-only."""

    subject: str
    roles: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    channel: str | None = None
    authenticated: bool = True
    claims: Mapping[str, object] = field(default_factory=dict[str, object])

    def has_role(self, role: str) -> bool:
        return ANY in self.roles or role in self.roles

    def has_scopes(self, alternatives: Sequence[Sequence[str]]) -> bool:
        """Whether all scopes of at least one alternative are granted."""
        return ANY in self.roles or any(self.scopes.issuperset(scopes) for scopes in alternatives)

    @property
    def any_channel(self) -> bool:
        """The development caller passes every rule, those on channels too, until it names a channel."""
        return self.channel is None and ANY in self.roles

    def has_unit(self, unit: str) -> bool:
        return ANY in self.units or unit in self.units
