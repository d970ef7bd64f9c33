"""What the fields of requests may hold: lengths, numbers, and no characters that nobody sees."""

import unicodedata
from typing import Annotated, TypeAlias

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, SecretStr

CHOICE = "="
"""Begins the tag of one of the kinds that a field may be; left out of what people read."""
MOST_NUMBER = 2**63 - 1
"""What a number of the books can be at most."""
MOST_DOCUMENT_LETTERS = 500_000
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNS_TEXT = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LAYOUT = frozenset("\n\r\t")


class Given(BaseModel):
    """What may be said and nothing else: a misspelt word is refused by name."""

    model_config = ConfigDict(extra="forbid")


def with_examples(*examples: dict[str, JsonValue]) -> ConfigDict:
    """Return the configuration of something given that the OpenAPI document shows examples of."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [*examples]})


def _unseen(text: str) -> set[str]:
    """Return the characters that would hide, turn or break what people read."""
    return {c for c in text if unicodedata.category(c) in _UNSEEN or c in _TURNS_TEXT}


def _one_line(text: str) -> str:
    if _unseen(text):
        said = "must be one line without control characters"
        raise ValueError(said)
    return text


def _lines(text: str) -> str:
    if _unseen(text) - _LAYOUT:
        said = "must have no control characters"
        raise ValueError(said)
    return text


def _secret(secret: SecretStr) -> SecretStr:
    _ = _one_line(secret.get_secret_value())
    return secret


Code: TypeAlias = Annotated[str, Field(max_length=100), AfterValidator(_one_line)]
"""What something is called in commands: a login, a module's code, a digest, a label."""
Line: TypeAlias = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
"""One line that people read: a name, a title."""
Words: TypeAlias = Annotated[str, Field(max_length=2000), AfterValidator(_lines)]
"""What somebody says: a reason, a note."""
LongLine: TypeAlias = Annotated[str, Field(max_length=4096), AfterValidator(_one_line)]
"""A path, an argument of a command."""
LongText: TypeAlias = Annotated[str, Field(max_length=20_000), AfterValidator(_lines)]
"""A statement of SQL."""
DocumentText: TypeAlias = Annotated[
    str, Field(max_length=MOST_DOCUMENT_LETTERS), AfterValidator(_lines)
]
"""A document of its own: TOML."""
Secret: TypeAlias = Annotated[SecretStr, Field(max_length=4096), AfterValidator(_secret)]
"""What nobody sees again."""
Seconds: TypeAlias = Annotated[float, Field(gt=0, le=7 * 24 * 3600, allow_inf_nan=False)]
"""How long something may take."""

CodeInPath: TypeAlias = Annotated[str, Path(max_length=100), AfterValidator(_one_line)]
"""A code, as a part of the address."""
Number: TypeAlias = Annotated[int, Path(ge=1, le=MOST_NUMBER)]
"""What the books call something, as a part of the address."""
Whole: TypeAlias = Annotated[int, Field(ge=1, le=MOST_NUMBER)]
"""What the books call something, in a body."""
Before: TypeAlias = Annotated[int | None, Query(ge=1, le=MOST_NUMBER)]
"""Where the page before ended."""
AtMost: TypeAlias = Annotated[int, Query(ge=1, le=200)]
"""How many a page may have."""
