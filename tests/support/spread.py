"""How pytest-xdist spreads the suite over its processes."""

from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

TOGETHER = ("tests/browser/",)  # one household and one Chromium for all


class Spread(LoadFileScheduling):  # type: ignore[misc]
    """The tests of a file go to one process, and those of a folder whose files share a whole AskWatt."""

    def _split_scope(self, nodeid: str) -> str:
        """See `LoadFileScheduling`: tests of the same scope go to the same process, in their order."""
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), None) or str(
            super()._split_scope(nodeid)
        )
