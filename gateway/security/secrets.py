"""Encrypt what is stored: AES-256-GCM under the operator's key, or one made once in the data directory."""

import base64
import hashlib
import hmac
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.security.key_files import KeyUnusable, read_key_file, read_or_make_key_file
from resolvers.resources.ports import SecretUnreadable

KEY_BYTES = 32
KEY_FILE = "secret.key"
NONCE_BYTES = 12  # random: safe for 2^32 values under one key
FORMAT = b"\x01"  # of a sealed value; another cipher or key gets another number


class SecretKeyInvalid(KeyUnusable):
    """What the setting or the file holds is no such key."""


class AesGcmSecretBox:
    """Implements `SecretBox`; the owner is authenticated with the value."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._fingerprint_key = hmac.digest(key, b"paifang fingerprint", hashlib.sha256)

    def seal(self, secret: bytes, *, owner: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return FORMAT + nonce + self._cipher.encrypt(nonce, secret, owner.encode())

    def open(self, sealed: bytes, *, owner: str) -> bytes:
        start = len(FORMAT) + NONCE_BYTES
        nonce, body = sealed[len(FORMAT) : start], sealed[start:]
        try:
            if not sealed.startswith(FORMAT):
                raise SecretUnreadable(owner=owner)
            return self._cipher.decrypt(nonce, body, owner.encode())
        except (InvalidTag, ValueError):
            raise SecretUnreadable(owner=owner) from None

    def fingerprint(self, data: bytes) -> str:
        return hmac.digest(self._fingerprint_key, data, hashlib.sha256).hex()


def open_secret_box(data: Path, *, key: str | None = None, key_file: Path | None = None) -> AesGcmSecretBox:
    """The box under `key` (base64), else the one in `key_file`, else the data directory's own.

    Raises `KeyUnusable`, at start.
    """
    if key is not None:
        return AesGcmSecretBox(_decoded(key.encode(), "the setting secret_key"))
    if key_file is not None:
        return AesGcmSecretBox(_decoded(read_key_file(key_file), str(key_file)))
    own = data / KEY_FILE
    content = read_or_make_key_file(own, lambda: base64.b64encode(secrets.token_bytes(KEY_BYTES)))
    return AesGcmSecretBox(_decoded(content, str(own)))


def _decoded(text: bytes, place: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SecretKeyInvalid(f"{place} must hold {KEY_BYTES} bytes in base64: openssl rand -base64 32")
    return key
