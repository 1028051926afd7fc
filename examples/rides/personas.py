"""Five people at the gateway, and the field that answers each of them differently.

`User.contact` in resources/rides.graphql is one field with one rule and one expression:

    query Contact { user(id: "1231") { name contact } }

| persona   | `contact` is                       | because                                        |
|-----------|------------------------------------|------------------------------------------------|
| front-end | null, with the error ACCESS_DENIED | none of its roles is in the field's `@access`  |
| engineer  | `186****2060`                      | of role publisher: the masked number           |
| agent     | `18600422060`                      | of role agent: the number                      |
| supervisor| `18600422060`                      | of role agent too                              |
| user      | `本人 (yourself)`                  | the caller's subject is the user asked for     |
"""

from dataclasses import dataclass

USER = "1231"  # the end user of the demo: 王静, gold, in Guangzhou
CONTACT_QUERY = f'query Contact {{ user(id: "{USER}") {{ name contact }} }}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """`contact`: what CONTACT_QUERY answers this persona; None where it is refused."""

    name: str
    description: str
    subject: str
    roles: tuple[str, ...]
    units: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    channel: str
    contact: str | None

    def to_claims(self) -> dict[str, object]:
        """The claims of the persona's token."""
        return {
            "sub": self.subject,
            "roles": list(self.roles),
            "units": list(self.units),
            "scope": " ".join(self.scopes),
            "channel": self.channel,
        }


PERSONAS = (
    Persona(
        name="front-end",
        description="Writes the app's queries; sees the schema, not the customers.",
        subject="dev-lin",
        roles=("developer",),
        channel="web",
        contact=None,
    ),
    Persona(
        name="engineer",
        description="Registers the APIs of the three units and publishes them.",
        subject="eng-zhou",
        roles=("publisher",),
        units=("rides", "payments", "care"),
        channel="web",
        contact="186****2060",
    ),
    Persona(
        name="agent",
        description="Answers the hotline; looks orders up, refunds, grants coupons.",
        subject="agent-8008",
        roles=("agent",),
        units=("care",),
        scopes=("refunds:write", "coupons:write"),
        channel="hotline",
        contact="18600422060",
    ),
    Persona(
        name="supervisor",
        description="Leads the agents; approves refunds above 30 yuan.",
        subject="lead-2001",
        roles=("agent", "supervisor"),
        units=("care",),
        scopes=("refunds:write", "coupons:write"),
        channel="hotline",
        contact="18600422060",
    ),
    Persona(
        name="user",
        description="王静, a gold user in Guangzhou, in the app.",
        subject=USER,
        roles=("customer",),
        channel="app",
        contact="本人 (yourself)",
    ),
)
