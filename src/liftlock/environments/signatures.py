"""Signatures of requests to an application's hooks: RFC 9421, HMAC-SHA256, over all that counts.

`docs/manual.md` shows how a receiver verifies one.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import SplitResult

from pydantic import SecretStr

LABEL = "liftlock"
COVERED = (
    "@method",
    "@authority",
    "@path",
    "@query",
    "date",
    "content-type",
    "content-digest",
    "idempotency-key",
)
"""What is signed, in this order."""
_TYPE = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a request is made of before it is signed."""

    url: SplitResult
    """Where it goes, by POST."""
    body: bytes
    idempotency_key: str
    key_id: str
    """Tells the receiver which secret it is: the environment's kind."""
    at: datetime


def headers(request: Signed, secret: SecretStr) -> Mapping[str, str]:
    """Return every header of the request, the signature among them."""
    plain = {
        "Host": request.url.netloc,
        "Date": format_datetime(request.at, usegmt=True),
        "Content-Type": _TYPE,
        "Content-Digest": f"sha-256=:{_base64(hashlib.sha256(request.body).digest())}:",
        "Idempotency-Key": f'"{request.idempotency_key}"',
    }
    names = " ".join(f'"{name}"' for name in COVERED)
    created = int(request.at.timestamp())
    params = f'({names});created={created};keyid="{request.key_id}";alg="hmac-sha256"'
    signature = hmac.digest(_key(secret), _base(request, plain, params), "sha256")
    return {
        **plain,
        "Signature-Input": f"{LABEL}={params}",
        "Signature": f"{LABEL}=:{_base64(signature)}:",
    }


def _base(request: Signed, plain: Mapping[str, str], params: str) -> bytes:
    derived = {
        "@method": "POST",
        "@authority": request.url.netloc.lower(),
        "@path": request.url.path or "/",
        "@query": f"?{request.url.query}",
    }
    values = {**derived, **{name.lower(): value for name, value in plain.items()}}
    lines = [f'"{name}": {values[name]}' for name in COVERED]
    return "\n".join([*lines, f'"@signature-params": {params}']).encode()


def _key(secret: SecretStr) -> bytes:
    return secret.get_secret_value().encode()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
