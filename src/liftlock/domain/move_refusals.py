"""The refusals that speak of a move. Each names the move, what it is now, and what to do. Pure."""

from liftlock.errors import Conflict, Forbidden, Invalid, NotFound, Stale, Unavailable


class MoveNotFound(NotFound):
    """Not a move of this organisation."""

    code = "move.not_found"
    sentence = "There is no move {move} in your organisation."


class MoveHasChanged(Conflict):
    """Somebody, or the clock, was quicker."""

    code = "move.has_changed"
    sentence = "Move {move} is {status} by now. Look at it again."


class NotWaiting(Conflict):
    """The move is not waiting for a validation."""

    code = "move.not_waiting"
    sentence = (
        "Move {move} is {status}: it does not wait for a validation. "
        "Open it to see how it stands; what is over is scheduled anew."
    )


class AlreadyValidated(Conflict):
    """It was validated before, and nothing has changed since."""

    code = "move.already_validated"
    sentence = "Move {move} is {status} already. There is nothing left to validate."


class ValidatedTooLate(Conflict):
    """The slot began before anybody validated."""

    code = "move.validated_too_late"
    sentence = "Move {move} was not validated in time, so it expires. Schedule it again."


class OwnProposal(Forbidden):
    """Four-eyes: who submitted it, or modified its date, does not validate it."""

    code = "move.own_proposal"
    sentence = (
        "You {did} move {move}, so another administrator of the target must validate it "
        "(four-eyes is on)."
    )


class StaleValidation(Stale):
    """What the person had seen is not what the move is now."""

    code = "move.stale_validation"
    sentence = "Move {move} is not what you have seen: {changed}. Look at it again, then validate."


class StagingTestedAgainstAnotherProduction(Conflict):
    """Production has changed since Staging was aligned to it."""

    code = "move.staging_tested_against_another_production"
    sentence = (
        "Staging was tested against another Production: {changed}. "
        "Schedule another Move to Staging and test again."
    )


class MoveHasBegun(Conflict):
    """Too late to withdraw it, cancel it or give it another date."""

    code = "move.has_begun"
    sentence = "Move {move} is {status}: it has begun. It can only be stopped."


class MoveIsOver(Conflict):
    """Nothing can be done to it any more."""

    code = "move.is_over"
    sentence = "Move {move} is {status}: it is over. Schedule another."


class DateIsFixed(Conflict):
    """A Down Align has no proposal that a target could modify."""

    code = "move.date_is_fixed"
    sentence = "The date of a {kind} cannot be modified. Cancel move {move} and schedule another."


class ReasonMissing(Invalid):
    """A reason or a note is kept with what is done, and none was given."""

    code = "move.reason_missing"
    sentence = "Say why: {action} move {move} needs {what}, which is kept with it."


class NotRunning(Conflict):
    """Only what runs can be stopped."""

    code = "move.not_running"
    sentence = "Move {move} is {status}: it does not run, so it cannot be stopped."


class AlreadyOpened(Conflict):
    """Past the point of no return: people have begun to write."""

    code = "move.already_opened"
    sentence = (
        "Move {move} has opened its target to people, so it cannot be stopped any more. "
        "It can be undone once it is completed."
    )


class NotErrored(Conflict):
    """Only an errored move is resolved by a person."""

    code = "move.not_errored"
    sentence = "Move {move} is {status}: there is nothing to resolve."


class AlreadyResolved(Conflict):
    """It was put back, or marked as repaired, before."""

    code = "move.already_resolved"
    sentence = "Move {move} is {status}, and has been resolved already."


class UpdaterNeedsBothScopes(Conflict):
    """A module's own updater may change the SystemDB, which a move of data alone does not keep."""

    code = "move.updater_needs_both_scopes"
    sentence = (
        "{modules} bring updaters of their own, which may change the SystemDB and the files. "
        "Align these together with the data repositories."
    )


class TransitionRefused(Conflict):
    """The state does not follow the present one."""

    code = "move.transition_refused"
    sentence = "Move {move} is {status}; it cannot become {wanted}."


class AnotherIsRunning(Conflict):
    """One move at a time in an organisation; the database holds this, too."""

    code = "move.another_is_running"
    sentence = (
        "Move {move} cannot begin: another move of the organisation runs. It begins after it."
    )


class ClosedByMove(Unavailable):
    """A running move has closed the environment that should be looked at."""

    code = "move.has_closed"
    sentence = (
        "{environment} cannot be looked at now: {kind} {move} runs and has closed it. "
        "Try again when it has ended."
    )
