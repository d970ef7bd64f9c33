"""Signatures of what Liftlock leaves behind, and the refusals about keys and envelopes. Pure."""

from liftlock.errors import Conflict, Forbidden, Invalid, NotFound


class SigningKeyMissing(NotFound):
    """No file to sign with."""

    code = "signing_key.missing"
    sentence = "There is no signing key {path}. Restore it, or let `liftlock init` make a new one."


class SigningKeyReadable(Forbidden):
    """Others could read the file."""

    code = "signing_key.readable"
    sentence = "{path} has mode {mode}: others can read it. Run `chmod 600 {path}`."


class SigningKeyUnusable(Invalid):
    """The file holds something else."""

    code = "signing_key.unusable"
    sentence = "{path} holds no Ed25519 {half} key in PEM. Restore it."


class EnvelopeUnreadable(Invalid):
    """What should be signed is no envelope of this kind."""

    code = "signature.envelope_unreadable"
    sentence = "{document} is no signed document of this kind: {problem}."


class SignatureWrong(Conflict):
    """Nobody who holds the key has signed this."""

    code = "signature.wrong"
    sentence = "{document} was not signed with the key that was given, or was changed since."
