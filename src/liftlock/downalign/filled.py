"""What a copy's database is to be: kept in its mark, for *verify* in another process."""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from liftlock.downalign.pictures import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the snapshot held, as far as the copy must have it."""

    rows: Mapping[str, int]
    """Table (`schema.name`) to its rows in the snapshot; 0 where none travel."""
    sequences: Mapping[str, str]
    large_objects: int
    large_objects_digest: str
    distinct: Mapping[str, int]
    """Masked column (`schema.table.column`) to its number of different values in the snapshot."""
    figures: Mapping[str, str]
    """Table to what tells whether it was written to since."""
    picture: Picture
    same_major: bool
    """Whether both servers are of one major version."""

    def as_facts(self) -> dict[str, str]:
        """Return it as facts of a mark."""
        facts = {
            "rows": self.rows,
            "sequences": self.sequences,
            "large_objects": self.large_objects,
            "large_objects_digest": self.large_objects_digest,
            "distinct": self.distinct,
            "figures": self.figures,
            "picture": self.picture,
            "same_major": self.same_major,
        }
        packed = zlib.compress(json.dumps(facts).encode(), 9)
        return {"filled": base64.b85encode(packed).decode()}

    @classmethod
    def from_facts(cls, facts: Mapping[str, object]) -> Self:
        """Return what `as_facts` wrote."""
        packed = zlib.decompress(base64.b85decode(str(facts["filled"])))
        return cls(**json.loads(packed))
