"""How many CPU cores this process may use; no torch."""

import math
import os
from pathlib import Path

OPENMP_ENVIRONMENT = {"OMP_WAIT_POLICY": "passive"}
"""For the process that will load torch, set before it starts: threads that wait for each other sleep.

By default they spin, and where other processes share the cores (database, gateway, a second worker) each of
the hundred products of a step then waits for a whole time slice: 2 to 6 times slower on two busy cores.
"""

CGROUP_V2 = Path("/sys/fs/cgroup/cpu.max")
CGROUP_V1_QUOTA = Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")
CGROUP_V1_PERIOD = Path("/sys/fs/cgroup/cpu/cpu.cfs_period_us")


def available_cores() -> int:
    """Cores of the affinity mask, or fewer where a container's quota allows only so many; at least 1."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cgroup_quota(CGROUP_V2, CGROUP_V1_QUOTA, CGROUP_V1_PERIOD)
    return max(1, min(affinity, math.ceil(quota) if quota is not None else affinity))


def cgroup_quota(v2: Path, v1_quota: Path, v1_period: Path) -> float | None:
    """Cores that the control group grants, None where it sets no limit or says nothing."""
    try:
        quota, period = v2.read_text().split()
    except (OSError, ValueError):
        try:
            quota, period = v1_quota.read_text().strip(), v1_period.read_text().strip()
        except OSError:
            return None
    if quota in ("max", "-1"):
        return None
    try:
        return int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return None
