"""A household as it is served: imported, set up by its owner, and read back for the oracle."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.assistant.client import ChatClient
from benchmarks.assistant.households.plans import HouseholdPlan
from benchmarks.assistant.households.stored_rows import read_world
from benchmarks.assistant.launch import Stack
from benchmarks.assistant.questions.calendar_words import Clock
from benchmarks.assistant.questions.filling import Site
from tests.support.query_forms import Forms
from tests.support.query_oracle import at

STRANGERS = (
    "jacuzzi", "piano", "laser cutter", "arcade cabinet", "sauna", "telescope", "loom", "kiln",
    "milking robot",
)  # fmt: skip


@dataclass(frozen=True)
class Served:
    """A household that can be asked, what could be named of it, and its oracle."""

    name: str
    client: ChatClient
    site: Site
    forms: Forms


@contextmanager
def served(stack: Stack, plan: HouseholdPlan, api_key: str | None = None) -> Iterator[Served]:
    """Import, serve and set up the household of a plan; ends its API on the way out."""
    folder = stack.folder / plan.name
    folder.mkdir()
    with stack.serving(plan.name, plan.write(folder), plan.timezone) as (url, database):
        client = ChatClient(url, api_key)
        clusters = {row["device_name"]: int(row["cluster"]) for row in client.get("api/devices/summary/")}
        _set_up(client, plan, clusters)
        yield _served(client, plan, database, clusters)


def _set_up(client: ChatClient, plan: HouseholdPlan, clusters: dict[str, int]) -> None:
    for name, cluster in clusters.items():
        groups = [group for group, names in plan.groups.items() if name in names]
        if groups:
            client.change("PATCH", f"api/devices/{cluster}", {"groups": groups})
        if name == plan.mains:
            client.change("PATCH", f"api/devices/{cluster}", {"role": "mains"})
    if plan.tariff is not None:
        client.change("PUT", "api/tariffs/", plan.tariff)


def _served(client: ChatClient, plan: HouseholdPlan, database: Path, clusters: dict[str, int]) -> Served:
    mains = frozenset(clusters[name] for name in (plan.mains,) if name)
    world = read_world(database, plan.timezone, mains, plan.tariff)
    names = {cluster: name for name, cluster in clusters.items()}
    groups = {group: tuple(sorted(clusters[n] for n in members)) for group, members in plan.groups.items()}
    by_device = {c: tuple(g for g, own in groups.items() if c in own) for c in names}
    first_us = min(rows[0].us for rows in world.readings.values())
    states = {c: tuple(sorted({r.state for r in rows if r.state})) for c, rows in world.readings.items()}
    now = at(world.now_us)
    site = Site(names, groups, states, Clock(now, world.zone), (at(first_us), now), mains, STRANGERS)
    return Served(plan.name, client, site, Forms(world, names, by_device))
