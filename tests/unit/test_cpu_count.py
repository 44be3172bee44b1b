import os
from pathlib import Path

import pytest

from inference_worker.t5.cpu.cpu_count import available_cores, cgroup_quota

NONE = Path("/nonexistent")


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("max 100000\n", None),
        ("150000 100000\n", 1.5),
        ("garbage\n", None),
        ("100 0\n", None),
        ("a b\n", None),
    ],
)
def test_quota_of_cgroup_v2(tmp_path: Path, text: str, cores: float | None) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(text)
    assert cgroup_quota(file, NONE, NONE) == cores


@pytest.mark.parametrize(("quota", "cores"), [("-1\n", None), ("200000\n", 2.0)])
def test_quota_of_cgroup_v1(tmp_path: Path, quota: str, cores: float | None) -> None:
    (tmp_path / "quota").write_text(quota)
    (tmp_path / "period").write_text("100000\n")
    assert cgroup_quota(NONE, tmp_path / "quota", tmp_path / "period") == cores


def test_quota_without_control_groups_is_none() -> None:
    assert cgroup_quota(NONE, NONE, NONE) is None


def test_available_cores_are_at_most_the_affinity() -> None:
    assert 1 <= available_cores() <= len(os.sched_getaffinity(0))
