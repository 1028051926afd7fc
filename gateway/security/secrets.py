"""Encrypt what is stored: AES-256-GCM under the operator's key, or one made once in the data directory."""

import base64
import hashlib
import hmac
import os
import secrets
import stat
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from resolvers.resources.ports import SecretUnreadable

KEY_BYTES = 32
KEY_FILE = "secret.key"
NONCE_BYTES = 12  # random: safe for 2^32 values under one key
FORMAT = b"\x01"  # of a sealed value; another cipher or key gets another number


class SecretKeyInvalid(Exception):
    """The key cannot be used; raised at start. The sentence names the file, never the key."""


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

    Raises `SecretKeyInvalid`.
    """
    if key is not None:
        return AesGcmSecretBox(_decoded(key, "the setting secret_key"))
    if key_file is not None:
        return AesGcmSecretBox(_decoded(_text_of(key_file), str(key_file)))
    own = data / KEY_FILE
    if not own.exists():
        _make_key(own)
    _refuse_readable_by_others(own)
    return AesGcmSecretBox(_decoded(_text_of(own), str(own)))


def _make_key(path: Path) -> None:
    """Write a new key completely or not at all; of several workers that start at once, one makes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)  # readable by its owner only
    try:
        with os.fdopen(handle, "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
            file.flush()
            os.fsync(file.fileno())  # what is encrypted with it is lost without it
        os.link(name, path)
    except FileExistsError:
        pass  # another worker was first: its key is the key
    except OSError as error:
        raise SecretKeyInvalid(f"cannot make the key file {path}: {error.strerror}") from None
    finally:
        os.unlink(name)


def _refuse_readable_by_others(path: Path) -> None:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SecretKeyInvalid(f"{path} is open to other accounts: type `chmod 600 {path}`")


def _text_of(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretKeyInvalid(f"cannot read the key file {path}: {type(error).__name__}") from None


def _decoded(text: str, place: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SecretKeyInvalid(f"{place} must hold {KEY_BYTES} bytes in base64: openssl rand -base64 32")
    return key
