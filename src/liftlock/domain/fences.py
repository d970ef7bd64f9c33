"""Fences: a step's number, which keeps a worker that was only paused from acting. Pure."""

from liftlock.errors import Conflict


class NoLongerOwner(Conflict):
    """Another worker has taken this move over."""

    code = "fence.no_longer_owner"
    sentence = "Move {move} was taken over by another worker. Nothing more is done here."
