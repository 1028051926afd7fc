"""Tokens: what proves a caller, and every way of forging one, refused."""

import asyncio
import base64
import hashlib
import hmac
import json
import warnings
from collections.abc import Mapping, Sequence
from typing import Any  # of claims, which are JSON

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from engine.access import Principal
from gateway.errors import TokenRefused
from gateway.security.issuer_keys import (
    FetchedKeys,
    FixedKeys,
    IssuerKey,
    algorithms_of,
    key_of_pem,
    keys_of_jwks,
)
from gateway.security.key_files import KeyUnusable
from gateway.security.tokens import ANONYMOUS, LEEWAY_S, REMEMBERED_S, TokenAuthenticator, TokenRules

NOW = 1_800_000_000
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed-1"})
STRANGER = ECKey.generate_key("P-256", {"kid": "ec-1"})
CLAIMS: dict[str, Any] = {
    "sub": "ann",
    "exp": NOW + 300,
    "aud": ["paifang", "other"],
    "iss": "https://issuer.example",
    "roles": ["agent"],
    "units": ["rides"],
    "scope": "read:orders write:orders",
    "channel": "hotline",
    "tier": "gold",
}
RULES = TokenRules(audience="paifang", issuer="https://issuer.example")


class Clock:
    def __init__(self) -> None:
        self.now_s = float(NOW)

    def __call__(self) -> float:
        return self.now_s


def public(key: Key) -> IssuerKey:
    [found] = keys_of_jwks(json.dumps({"keys": [key.as_dict(private=False)]}).encode())
    return found


def gate(
    *keys: IssuerKey, rules: TokenRules = RULES, clock: Clock | None = None, anonymous: bool = False
) -> TokenAuthenticator:
    trusted = keys or (public(RSA), public(EC), public(ED))
    return TokenAuthenticator(FixedKeys(trusted), rules, now_s=clock or Clock(), anonymous=anonymous)


def sign(key: Key = EC, algorithm: str = "ES256", claims: Mapping[str, Any] = CLAIMS, **header: Any) -> str:
    return jwt.encode({"alg": algorithm, "kid": key.kid, **header}, dict(claims), key, algorithms=[algorithm])


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def enter(token: str, authenticator: TokenAuthenticator | None = None) -> Principal:
    return asyncio.run((authenticator or gate()).authenticate(f"Bearer {token}"))


def refusal(token: str, authenticator: TokenAuthenticator | None = None) -> str:
    with pytest.raises(TokenRefused) as caught:
        enter(token, authenticator)
    assert token[:20] not in str(caught.value) or not token
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        pytest.param(RSA, "RS256", id="RS256"),
        pytest.param(RSA, "PS512", id="PS512"),
        pytest.param(EC, "ES256", id="ES256"),
        pytest.param(ED, "Ed25519", id="Ed25519"),
    ],
)
def test_a_token_of_the_issuer_proves_its_caller(key: Key, algorithm: str) -> None:
    assert enter(sign(key, algorithm)) == Principal(
        subject="ann",
        roles=frozenset({"agent"}),
        units=frozenset({"rides"}),
        scopes=frozenset({"read:orders", "write:orders"}),
        channel="hotline",
        claims=CLAIMS,
    )


@pytest.mark.parametrize(
    ("claim", "value", "scopes"),
    [
        ("scope", "a b", {"a", "b"}),
        ("scopes", ["a", "b"], {"a", "b"}),
        ("scp", ["a b"], {"a b"}),
        ("scp", "a", {"a"}),
        ("scope", "", set[str]()),
    ],
)
def test_scopes_are_read_from_each_usual_claim(claim: str, value: object, scopes: set[str]) -> None:
    assert enter(sign(claims={**CLAIMS, "scope": None, claim: value})).scopes == scopes


def test_a_key_without_a_kid_and_a_token_without_one_find_each_other() -> None:
    bare = key_of_pem(EC.as_pem(private=False))
    assert enter(sign(kid="whatever"), gate(bare)).subject == "ann"
    token = jwt.encode({"alg": "ES256"}, dict(CLAIMS), EC)
    assert enter(token, gate(public(RSA), public(EC))).subject == "ann"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_an_unsigned_token_is_refused(algorithm: str) -> None:
    header = encoded({"alg": algorithm, "kid": "ec-1"})
    assert "no signed JWT" in refusal(f"{header}.{encoded(CLAIMS)}.")
    assert "does not fit" in refusal(f"{header}.{encoded(CLAIMS)}.AAAA")


@pytest.mark.parametrize("key", [RSA, EC], ids=["rsa", "ec"])
@pytest.mark.parametrize("form", ["pem", "der", "jwk"])
def test_a_public_key_used_as_a_secret_is_refused(key: RSAKey | ECKey, form: str) -> None:
    forms = {
        "pem": key.as_pem(private=False),
        "der": key.as_der(private=False),
        "jwk": json.dumps(key.as_dict(private=False)).encode(),
    }
    signed = f"{encoded({'alg': 'HS256', 'kid': key.kid})}.{encoded(CLAIMS)}"
    digest = hmac.digest(forms[form], signed.encode(), hashlib.sha256)
    token = f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
    assert "algorithm does not fit" in refusal(token)


def test_an_algorithm_of_another_key_type_is_refused() -> None:
    header = encoded({"alg": "RS256", "kid": "ec-1"})
    signature = sign(RSA, "RS256").rpartition(".")[2]
    assert "algorithm does not fit" in refusal(f"{header}.{encoded(CLAIMS)}.{signature}")


def test_a_key_is_used_with_its_declared_algorithm_only() -> None:
    declared = RSAKey.import_key({**RSA.as_dict(private=True), "alg": "PS256"})
    assert enter(sign(declared, "PS256"), gate(public(declared))).subject == "ann"
    assert "algorithm does not fit" in refusal(sign(RSA, "RS256"), gate(public(declared)))


@pytest.mark.parametrize(
    "kid", ["../../../../dev/null", "/etc/passwd", "ec-1' OR '1'='1", "\x00", "", "https://evil.example/k"]
)
def test_a_key_id_is_only_compared(kid: str) -> None:
    assert "key is not known" in refusal(sign(STRANGER, kid=kid))


def test_a_key_id_that_is_no_string_is_refused() -> None:
    for kid in (["ec-1"], {"a": 1}, 7):
        header = encoded({"alg": "ES256", "kid": kid})
        assert "key id is no string" in refusal(f"{header}.{encoded(CLAIMS)}.AAAA")


def test_keys_that_a_token_brings_along_are_not_looked_at() -> None:
    header = {
        "alg": "ES256",
        "kid": "ec-1",
        "jwk": STRANGER.as_dict(private=False),
        "jku": "http://127.0.0.1:9/keys",
        "x5u": "http://127.0.0.1:9/certificate",
    }
    signed = sign(STRANGER)
    assert "signature is not" in refusal(signed)
    assert "signature is not" in refusal(".".join([encoded(header), *signed.split(".")[1:]]))


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_tampered_token_is_refused(part: int) -> None:
    pieces = sign().split(".")
    forged = {**CLAIMS, "roles": ["admin"]}
    pieces[part] = [encoded({"alg": "ES256", "kid": "ed-1"}), encoded(forged), "A" * len(pieces[2])][part]
    refusal(".".join(pieces))


def test_a_strangers_signature_is_refused() -> None:
    assert "signature is not the issuer's" in refusal(sign(STRANGER))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"exp": NOW - LEEWAY_S}, "has expired"),
        ({"exp": NOW - 3_600}, "has expired"),
        ({"exp": None}, "must have the claims"),
        ({"exp": "never"}, "expiry is no time"),
        ({"exp": True}, "expiry is no time"),
        ({"nbf": NOW + LEEWAY_S + 1}, "not valid yet"),
        ({"iat": NOW + 3_600}, "not valid yet"),
        ({"aud": "other"}, "another audience"),
        ({"aud": ["paifang-staging"]}, "another audience"),
        ({"aud": None}, "must have the claims"),
        ({"aud": {"paifang": 1}}, "another audience"),
        ({"iss": "https://issuer.example.evil"}, "another issuer"),
        ({"iss": None}, "must have the claims"),
        ({"sub": None}, "must have the claims"),
        ({"sub": ""}, "subject is no string"),
        ({"sub": 7}, "subject is no string"),
        ({"roles": {"admin": True}}, "roles is no list"),
        ({"units": [1]}, "units is no list"),
        ({"channel": ["web"]}, "channel is no string"),
    ],
    ids=str,
)
def test_claims_that_do_not_hold_are_refused(changed: Mapping[str, object], reason: str) -> None:
    assert reason in refusal(sign(claims={**CLAIMS, **changed}))


def test_an_expiry_that_is_no_number_is_refused() -> None:
    claims = json.dumps({**CLAIMS, "exp": "X"}).replace('"X"', "NaN")
    header = encoded({"alg": "ES256", "kid": "ec-1"})
    signed = jwt.encode({"alg": "ES256", "kid": "ec-1"}, {**CLAIMS, "exp": float("nan")}, EC)
    assert claims
    assert header
    assert "expiry is no time" in refusal(signed)


def test_clocks_may_differ_a_little() -> None:
    assert enter(sign(claims={**CLAIMS, "exp": NOW - LEEWAY_S + 1, "nbf": NOW + LEEWAY_S})).subject == "ann"


def test_audience_and_issuer_are_not_asked_for_unless_configured() -> None:
    token = sign(claims={"sub": "ann", "exp": NOW + 9})
    assert enter(token, gate(rules=TokenRules())).subject == "ann"


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "...",
        "a.b.c",
        "a.b.c.d.e",
        "e30.e30.e30",
        "bnVsbA.bnVsbA.bnVsbA",
        "W10.W10.W10",
        "é.é.é",
        "a" * 9_000 + ".b.c",
        f"{base64.urlsafe_b64encode(b'[' * 3_000).decode()}.e30.e30",
        f"{encoded({'alg': 'ES256', 'typ': 'JWE'})}.e30.AAAA",
        f"{encoded({'alg': ['ES256']})}.e30.AAAA",
        f"{encoded({'alg': 'ES256', 'crit': ['b64'], 'b64': False})}.e30.AAAA",
        f"{encoded({'alg': 'ES256'})}.e30.AAAA\n",
        "\x00",
    ],
)
def test_garbage_is_refused(token: str) -> None:
    refusal(token)


@pytest.mark.parametrize("header", ["Basic YTpi", "bearer", "Bearer", "Token x", "Bearer a b"])
def test_another_scheme_is_refused_even_where_nobody_need_show_a_token(header: str) -> None:
    with pytest.raises(TokenRefused):
        asyncio.run(gate(anonymous=True).authenticate(header))


@pytest.mark.parametrize("header", [None, "", "  "])
def test_a_missing_token_is_refused_unless_anonymous_callers_are_let_in(header: str | None) -> None:
    assert asyncio.run(gate(anonymous=True).authenticate(header)) is ANONYMOUS
    with pytest.raises(TokenRefused, match="there is none"):
        asyncio.run(gate().authenticate(header))


def test_a_bad_token_is_never_anonymous() -> None:
    refusal(sign(STRANGER), gate(anonymous=True))


def test_a_remembered_token_expires_all_the_same() -> None:
    clock = Clock()
    authenticator = gate(clock=clock)
    token = sign(claims={**CLAIMS, "exp": NOW + 10})
    assert enter(token, authenticator) is enter(token, authenticator)
    clock.now_s = NOW + 10 + LEEWAY_S
    assert "has expired" in refusal(token, authenticator)


class Issuer:
    """A JWKS address whose document and health the test decides."""

    def __init__(self, *keys: Key) -> None:
        self.keys: Sequence[Key] = keys
        self.fetches = 0
        self.is_away = False

    async def fetch(self) -> bytes:
        self.fetches += 1
        await asyncio.sleep(0)
        if self.is_away:
            raise KeyUnusable("away")
        return json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()


def fetched_gate(issuer: Issuer, clock: Clock) -> TokenAuthenticator:
    return TokenAuthenticator(FetchedKeys(issuer.fetch, clock), RULES, now_s=clock, anonymous=False)


def test_keys_are_fetched_once_for_many_callers() -> None:
    issuer, clock = Issuer(EC), Clock()
    authenticator = fetched_gate(issuer, clock)

    async def many() -> None:
        tokens = [sign(claims={**CLAIMS, "sub": f"user {n}"}) for n in range(20)]
        await asyncio.gather(*[authenticator.authenticate(f"Bearer {token}") for token in tokens])

    asyncio.run(many())
    assert issuer.fetches == 1


def test_an_unknown_key_id_fetches_again_but_once_a_minute() -> None:
    issuer, clock = Issuer(EC), Clock()
    keys = FetchedKeys(issuer.fetch, clock)

    async def story() -> None:
        assert await keys.find("ec-1")
        assert not await keys.find("ed-1")
        issuer.keys = (EC, ED)
        assert not await keys.find("ed-1")
        assert issuer.fetches == 1
        clock.now_s += 60
        assert await keys.find("ed-1")
        assert issuer.fetches == 2
        for number in range(100):
            assert not await keys.find(f"made up {number}")
        assert issuer.fetches == 2

    asyncio.run(story())


def test_known_keys_serve_while_the_issuer_is_away_and_a_withdrawn_key_ends() -> None:
    issuer, clock = Issuer(EC), Clock()
    keys = FetchedKeys(issuer.fetch, clock)

    async def story() -> None:
        assert await keys.find("ec-1")
        issuer.is_away = True
        clock.now_s += 3_600
        assert await keys.find("ec-1")
        issuer.is_away, issuer.keys = False, (ED,)
        clock.now_s += 5
        assert not await keys.find("ec-1")

    asyncio.run(story())


def test_an_issuer_that_is_away_at_first_is_asked_again_soon() -> None:
    issuer, clock = Issuer(EC), Clock()
    issuer.is_away = True
    authenticator = fetched_gate(issuer, clock)
    assert "key is not known" in refusal(sign(), authenticator)
    issuer.is_away = False
    clock.now_s += 5
    keys = FetchedKeys(issuer.fetch, clock)
    assert asyncio.run(keys.find("ec-1"))


def test_a_token_of_a_withdrawn_key_is_not_remembered_for_long() -> None:
    assert REMEMBERED_S <= 60


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b"{}", b'{"keys": {}}', b'{"keys": []}', b'{"keys": [1, null, {}]}', b"[" * 90_000, b"\xff"],
    ids=["empty", "list", "object", "map", "none", "junk", "deep", "bytes"],
)
def test_a_document_without_keys_is_unusable(document: bytes) -> None:
    with pytest.raises(KeyUnusable):
        keys_of_jwks(document)


def test_keys_that_must_not_check_signatures_are_passed_over() -> None:
    entries: list[Mapping[str, object]] = [
        OctKey.generate_key(256, {"kid": "secret"}).as_dict(),
        RSAKey.generate_key(2048, {"kid": "sealing", "use": "enc"}).as_dict(private=False),
        OKPKey.generate_key("X25519", {"kid": "agreement"}).as_dict(private=False),
        {**EC.as_dict(private=False), "kid": "confused", "alg": "HS256"},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
        {"kty": "later", "kid": "unheard of"},
        EC.as_dict(private=False),
    ]
    assert [key.kid for key in keys_of_jwks(json.dumps({"keys": entries}).encode())] == ["ec-1"]


def test_a_short_rsa_key_is_for_no_algorithm() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of short keys
        short = RSAKey.generate_key(1024)
        assert algorithms_of(short) == frozenset()
        with pytest.raises(KeyUnusable, match=r"2,048 bits"):
            key_of_pem(short.as_pem(private=False))


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", b"{}"])
def test_what_is_no_public_key_file_is_unusable(pem: bytes) -> None:
    with pytest.raises(KeyUnusable):
        key_of_pem(pem)


def test_a_private_key_is_not_taken_for_a_public_one() -> None:
    with pytest.raises(KeyUnusable, match="private key"):
        key_of_pem(EC.as_pem(private=True))
