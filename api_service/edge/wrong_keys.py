"""Wrong keys counted by the address that they come from: beyond WRONG_KEY_LIMIT no key is looked at."""

from starlette.types import Scope

from api_service.edge.rate_limits import network_of
from api_service.services.access.request_limits import RequestLimits

MOST_KNOWN = 10_000


class WrongKeys:
    """Counts in Redis, for all gateways together.

    A key that this gateway has found right at an address is looked at all the same: a forgotten meter with an
    old key does not shut out the others behind its router.
    """

    def __init__(self) -> None:
        self._known: set[tuple[str, str]] = set()

    async def wait_s(self, scope: Scope, digest: str) -> int | None:
        """Seconds until a key from this address is looked at again; None where it is now."""
        where = network_of(scope)
        return None if (where, digest) in self._known else await _limits(scope).key_wait_s(where)

    async def count(self, scope: Scope, digest: str, *, is_right: bool) -> None:
        """Remember a right key at its address, count a wrong one."""
        where = network_of(scope)
        if not is_right:
            self._known.discard((where, digest))
            await _limits(scope).count_wrong_key(where)
            return
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known.add((where, digest))


def _limits(scope: Scope) -> RequestLimits:
    limits: RequestLimits = scope["app"].state.services.limits
    return limits
