"""Copy Production beside the target, masked before it is written."""

from liftlock.downalign import copying, dropping
from liftlock.workflows.run import Report, Run, Step


def do(run: Run) -> Report:
    """Look for every reason to refuse, then make the attempt's copy, all of one moment.

    What earlier attempts left goes first: their snapshots died with them.

    Raises:
        CannotAlign: with all reasons at once.
    """
    _ = dropping.drop_copies(run.installation, run.target, run.move, before=run.attempt)
    copied = copying.copy_and_mask(run.alignment, run.tell)
    return Report(
        said=f"{copied.rows_total:,} rows and {copied.files:,} files copied",
        facts={
            "rows": copied.rows_total,
            "files": copied.files,
            "files_bytes": copied.files_bytes,
            "files_left_out": copied.files_left_out,
            "spread_ms": copied.spread_ms,
            "snapshot_s": copied.snapshot_s,
            "taken_at": copied.taken_at.isoformat(),
        },
    )


def undo(run: Run) -> Report:
    """Drop the copies of every attempt of this move, known by name and owner mark."""
    dropped = dropping.drop_copies(run.installation, run.target, run.move)
    return Report(said=f"{dropped} copies dropped")


STEP = Step(name="copy_and_mask", do=do, undo=undo, new_attempt=True)
