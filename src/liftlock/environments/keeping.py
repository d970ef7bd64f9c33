"""How Production is kept before modules change it: by template, or whole, by commands."""

from liftlock.domain.progress import Tell
from liftlock.environments import restore_points, whole_servers
from liftlock.environments.identities import identity
from liftlock.environments.names import OwnerMark
from liftlock.environments.parts import Parts
from liftlock.environments.restore_points import RestorePoint


def take(live: Parts, restore_point: Parts, mark: OwnerMark, tell: Tell) -> RestorePoint:
    """Keep the drained target as it is. Raises as the two ways do."""
    commands = live.runtime.restore_point
    if commands is None:
        return restore_points.take_by_template(live, restore_point, mark, tell)
    return whole_servers.take(live, restore_point, mark, commands, tell)


def abandon(live: Parts, restore_point: Parts, mark: OwnerMark, tell: Tell) -> bool:
    """Undo any part of `take`; a complete restore point stays. Returns whether there is one."""
    commands = live.runtime.restore_point
    if commands is None:
        return restore_points.abandon(live, restore_point, mark, tell)
    return whole_servers.abandon(live, restore_point, mark, commands, tell)


def put_back(live: Parts, restore_point: Parts, discarded: Parts, tell: Tell) -> None:
    """Make the target what was taken; a repeat goes on where it stopped."""
    commands = live.runtime.restore_point
    if commands is None:
        return restore_points.put_back(live, restore_point, discarded, tell)
    return whole_servers.put_back(live, restore_point, discarded, commands, tell)


def drop_replaced(restore_point: Parts, discarded: Parts, tell: Tell) -> None:
    """Drop what nobody needs once the restore point is live again: what it replaced."""
    commands = restore_point.runtime.restore_point
    if commands is not None:
        whole_servers.drop_kept(restore_point, commands, tell)
    restore_points.drop(discarded, tell)


def drop(restore_point: Parts, tell: Tell) -> None:
    """Drop a restore point, whatever way it was kept. What is gone already is passed over."""
    commands = restore_point.runtime.restore_point
    if commands is None:
        return restore_points.drop(restore_point, tell)
    return whole_servers.drop_kept(restore_point, commands, tell)


def identity_of_taken(live: Parts, restore_point: Parts) -> dict[str, str]:
    """Return what the target will be when its restore point has been put back."""
    if live.runtime.restore_point is None:
        return identity(restore_point)
    return whole_servers.identity_of_taken(live, restore_point)


def identity_now(live: Parts, restore_point: Parts) -> dict[str, str]:
    """Return what the target is, to be compared with `identity_of_taken`."""
    if live.runtime.restore_point is None:
        return identity(live)
    return {**identity(live), **whole_servers.standing(restore_point)}
