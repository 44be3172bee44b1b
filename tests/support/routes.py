"""Routes of the gateway's applications, built once a process."""

from typing import Any

import pytest
from fastapi import routing


def share_routes(patch: pytest.MonkeyPatch) -> None:
    """Keep what FastAPI makes of a route for the next application that includes it in the same place.

    A version without this step of its own is left as it is. What is kept knows the first application only as
    the provider of dependencies that tests replace, and none does.
    """
    included = getattr(routing, "_IncludedRouter", None)
    build = getattr(included, "_build_effective_context", None)
    if included is None or build is None:
        return
    kept: dict[tuple[int, str], tuple[Any, Any]] = {}

    def built_once(self: Any, route: Any) -> Any:
        place = id(route), self.include_context.prefix
        if place not in kept:
            kept[place] = route, build(self, route)  # with the route, so that its id stays its own
        return kept[place][1]

    patch.setattr(included, "_build_effective_context", built_once)
