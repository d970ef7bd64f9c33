"""Structured logs: past tense (`move.validated`), ids as fields, no value of anybody's data."""

import structlog

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("liftlock")
