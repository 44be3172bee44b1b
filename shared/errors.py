"""The one tree of errors that services raise and borders translate.

    AskWattError
    ├── InvalidInput            the request says something impossible (422)
    │   ├── MalformedFile       a file that cannot be read as readings (422)
    │   └── NotKept             single readings that RETENTION_DAYS has dropped (422)
    ├── NotFound                no such session, message, device or import (404)
    ├── Conflict                the state of things forbids it (409)
    ├── TooLarge                more bytes than are accepted (413)
    ├── UnsupportedMediaType    a content type that is not read here (415)
    ├── Forbidden               the key does not allow it (403)
    ├── Unauthorized            no key, or a wrong one (401)
    ├── Overloaded              the queue is full; come back in `retry_after_s` (503)
    ├── Unavailable             a part that is needed is away (503)
    │   ├── DatabaseUnavailable
    │   ├── DatabaseBusy            … or waits for its turn too long
    │   ├── StatementTooSlow        … or for others that change the same rows
    │   ├── QueueUnavailable
    │   └── ModelUnavailable
    ├── AnswerFailed            a question that ended without an answer, with its reason (500)
    └── ContractViolation       bytes on the queue that this version does not understand (500)

Only leaf classes and the named inner ones are raised; `api_service.problems` maps each to a problem document.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class InputError:
    """One place in the input and what is wrong with it."""

    field: str
    reason: str


class AskWattError(Exception):
    """The root; `str(error)` is a sentence for the user that says what to do."""

    retry_after_s: int | None = None


class InvalidInput(AskWattError):
    """The request says something impossible; `errors` names each place."""

    def __init__(self, detail: str, errors: Sequence[InputError] = ()) -> None:
        super().__init__(detail)
        self.errors = tuple(errors)


class MalformedFile(InvalidInput):
    """A file that cannot be read as readings at all."""


class NotKept(InvalidInput):
    """What is asked for takes single readings from before `kept_from`, of which hours alone are kept."""

    def __init__(self, kept_from: datetime, remedy: str) -> None:
        reason = f"single readings before {kept_from:%Y-%m-%dT%H:%M:%SZ} are no longer kept, only their hours"
        super().__init__(f"{reason[0].upper()}{reason[1:]}: {remedy}.", [InputError("start", reason)])
        self.kept_from = kept_from


class NotFound(AskWattError):
    """No such session, message, device or import."""


class Conflict(AskWattError):
    """The present state forbids the request."""


class TooLarge(AskWattError):
    """More bytes than are accepted."""


class UnsupportedMediaType(AskWattError):
    """A content type that is not read here."""


class Forbidden(AskWattError):
    """The key does not allow this."""


class Unauthorized(AskWattError):
    """No key, or a wrong one."""


class Overloaded(AskWattError):
    """The queue is full."""

    def __init__(self, detail: str, retry_after_s: int = 2) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Unavailable(AskWattError):
    """A part that is needed is away for now."""

    retry_after_s = 5


class DatabaseUnavailable(Unavailable):
    """The database does not answer."""


class DatabaseBusy(Unavailable):
    """The database has too much to do at once."""


class StatementTooSlow(Unavailable):
    """A statement waited for others, or ran, longer than `DATABASE_STATEMENT_TIMEOUT_S`."""


class QueueUnavailable(Unavailable):
    """Redis does not answer."""


class ModelUnavailable(Unavailable):
    """The model cannot be loaded or is still loading."""


class AnswerFailed(AskWattError):
    """A question ended without an answer."""


class ContractViolation(AskWattError):
    """Bytes on the queue that this version does not understand."""
