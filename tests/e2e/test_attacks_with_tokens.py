"""S12: tokens that nobody trustworthy has signed, or not for here, or not for now."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from gateway.security.dev_tokens import TokenKey, mint_token, open_token_key
from tests.servers.client import connect
from tests.servers.gateway import Gateway
from tests.servers.gateway_fixtures import Serve

WHO = "{ me { subject roles } }"
Claims = Mapping[str, object]


@pytest.fixture(scope="module")
def locked(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that lets nobody in without a token for it."""
    data = tmp_path_factory.mktemp("locked")
    with serve(data, "--dev-auth", environment={"PAIFANG_AUDIENCE": "paifang"}) as running:
        yield running


def minted(key: TokenKey, *, audience: str | None = "paifang", ends_in_s: float = 60) -> str:
    lifetime = timedelta(seconds=ends_in_s)
    now_s = time.time()
    return mint_token(key, "mallory", now_s=now_s, lifetime=lifetime, roles=["admin"], audience=audience)


def unsigned(header: Mapping[str, object], claims: Claims, signature: str = "") -> str:
    parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
    return ".".join([*parts, signature])


def claims_now() -> dict[str, object]:
    return {"sub": "mallory", "exp": int(time.time()) + 60, "aud": "paifang", "roles": ["admin"]}


def signed(header: dict[str, object], key: ECKey | OctKey) -> str:
    return jwt.encode({**header}, claims_now(), key, algorithms=[str(header["alg"])])


def with_public_key_as_secret(key: TokenKey) -> str:
    """Key confusion: HMAC over the token with what everybody may know."""
    secret = OctKey.import_key(str(key.public.key.as_dict(private=False)["x"]))
    return signed({"alg": "HS256", "kid": key.public.kid}, secret)


def with_other_signature(key: TokenKey) -> str:
    token = minted(key)
    return token[:-8] + ("AAAAAAAA" if token[-8:] != "AAAAAAAA" else "BBBBBBBB")


def with_other_claims(key: TokenKey) -> str:
    header, _, signature = minted(key).split(".")
    claims = urlsafe_b64encode(json.dumps({**claims_now(), "sub": "root"}).encode()).rstrip(b"=").decode()
    return f"{header}.{claims}.{signature}"


def stranger(header: dict[str, object]) -> str:
    return signed({"alg": "ES256", **header}, ECKey.generate_key("P-256"))


def embedded_key(_: TokenKey) -> str:
    own = ECKey.generate_key("P-256")
    return signed({"alg": "ES256", "jwk": own.as_dict(private=False)}, own)


FORGED: dict[str, Callable[[TokenKey], str]] = {
    "none": lambda key: unsigned({"alg": "none", "kid": key.public.kid}, claims_now()),
    "none with a signature": lambda key: unsigned({"alg": "none"}, claims_now(), "AAAA"),
    "None": lambda key: unsigned({"alg": "nOnE"}, claims_now(), "AAAA"),
    "key confusion": with_public_key_as_secret,
    "kid traversal": lambda _: stranger({"kid": "../../../../dev/null"}),
    "kid injection": lambda _: stranger({"kid": "x' OR '1'='1"}),
    "known kid, another key": lambda key: stranger({"kid": key.public.kid}),
    "no kid, another key": lambda _: stranger({}),
    "key in the token": embedded_key,
    "key by URL": lambda _: stranger({"jku": "http://127.0.0.1:9/keys", "x5u": "http://127.0.0.1:9/"}),
    "critical extension": lambda key: unsigned(
        {"alg": "ES256", "crit": ["b64"], "b64": False}, claims_now(), "AA"
    ),
    "other signature": with_other_signature,
    "other claims": with_other_claims,
    "expired": lambda key: minted(key, ends_in_s=-3_600),
    "another audience": lambda key: minted(key, audience="elsewhere"),
    "no audience": lambda key: minted(key, audience=None),
    "no token at all": lambda _: "sesame-open",
    "dots": lambda _: "..",
    "8 kB and more": lambda key: minted(key) + "A" * 9_000,
}


async def test_S12_the_gateways_own_token_is_admitted(locked: Gateway) -> None:
    async with connect(locked.url) as client:
        token = minted(open_token_key(locked.data))

        data = await client.data(WHO, authorization=f"Bearer {token}")

        assert data == {"me": {"subject": "mallory", "roles": ["admin"]}}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_S12_a_token_that_is_not_to_be_trusted_is_refused(
    locked: Gateway, forge: Callable[[TokenKey], str]
) -> None:
    async with connect(locked.url) as client:
        token = forge(open_token_key(locked.data))

        reply = await client.ask(WHO, headers={"authorization": f"Bearer {token}"})

        assert (reply.status, reply.codes, reply.data) == (401, ["UNAUTHENTICATED"], None)
        assert token not in reply.text
        assert "mallory" not in reply.text
        assert token not in locked.log()


@pytest.mark.parametrize("value", ["", "Basic bWFsbG9yeTp4", "Bearer", "bearer\tx", None])
async def test_S12_a_caller_without_a_token_is_refused(locked: Gateway, value: str | None) -> None:
    async with connect(locked.url) as client:
        reply = await client.ask(WHO, headers={"authorization": value} if value is not None else {})

        assert (reply.status, reply.codes) == (401, ["UNAUTHENTICATED"])
