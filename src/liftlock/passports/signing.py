"""Signs documents, and opens those that were: DSSE envelopes with Ed25519, as other tools read.

The private key is a file of the installation (`signing.key`, mode 0600); the public one lies beside
it, for whoever verifies (`signing.pub`).
"""

import base64
import binascii
import hashlib
import json
import os
import stat
from pathlib import Path
from typing import cast

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from liftlock.domain.signatures import (
    EnvelopeUnreadable,
    SignatureWrong,
    SigningKeyMissing,
    SigningKeyReadable,
    SigningKeyUnusable,
)

OWN_ONLY = 0o600


def make(path: Path) -> None:
    """Make a key file, readable by its owner alone, and the public key beside it.

    A file that is there stays as it is; so does its public key, made again where it is missing.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN_ONLY)
    except FileExistsError:
        key = read(path)
    else:
        key = Ed25519PrivateKey.generate()
        with os.fdopen(opened, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            os.fsync(file.fileno())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _ = public_path(path).write_bytes(public)


def public_path(path: Path) -> Path:
    """Return where the public half of a key file lies."""
    return path.with_suffix(".pub")


def read(path: Path) -> Ed25519PrivateKey:
    """Read a key file. Raises: SigningKeyMissing, SigningKeyReadable, SigningKeyUnusable."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        content = path.read_bytes()
    except FileNotFoundError:
        raise SigningKeyMissing(path=str(path)) from None
    if mode & ~OWN_ONLY:
        raise SigningKeyReadable(path=str(path), mode=f"{mode:04o}")
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyUnusable(path=str(path), half="private")
    return key


def read_public(path: Path) -> Ed25519PublicKey:
    """Read a public key. Raises: SigningKeyMissing, SigningKeyUnusable."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError:
        raise SigningKeyMissing(path=str(path)) from None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise SigningKeyUnusable(path=str(path), half="public")
    return key


def signed(key: Ed25519PrivateKey, kind: str, payload: bytes) -> str:
    """Return the envelope of a document; `kind` is its media type."""
    signature = key.sign(_pre_authentication(kind, payload))
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    envelope = {
        "payloadType": kind,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [
            {
                "keyid": hashlib.sha256(public).hexdigest(),
                "sig": base64.b64encode(signature).decode(),
            }
        ],
    }
    return json.dumps(envelope, indent=1) + "\n"


def opened(key: Ed25519PublicKey, kind: str, envelope: str, document: str) -> bytes:
    """Return what was signed; `document` is what it is called in a refusal.

    Raises: EnvelopeUnreadable, SignatureWrong.
    """
    payload, signatures = _parts(kind, envelope, document)
    for signature in signatures:
        try:
            key.verify(signature, _pre_authentication(kind, payload))
        except InvalidSignature:
            continue
        return payload
    raise SignatureWrong(document=document)


def _parts(kind: str, envelope: str, document: str) -> tuple[bytes, list[bytes]]:
    try:
        found = cast("dict[str, object]", json.loads(envelope))
        named = found["payloadType"]
        payload = base64.b64decode(str(found["payload"]), validate=True)
        each = cast("list[dict[str, str]]", found["signatures"])
        signatures = [base64.b64decode(one["sig"], validate=True) for one in each]
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error, RecursionError):
        problem = "it is no DSSE envelope"
        raise EnvelopeUnreadable(document=document, problem=problem) from None
    if named != kind:
        raise EnvelopeUnreadable(document=document, problem=f"it is not of type {kind}")
    return payload, signatures


def _pre_authentication(kind: str, payload: bytes) -> bytes:
    """Return what is signed: the encoding that DSSE 1 asks for."""
    head = f"DSSEv1 {len(kind.encode())} {kind} {len(payload)} ".encode()
    return head + payload
