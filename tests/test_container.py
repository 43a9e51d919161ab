from pathlib import Path

import pytest

from mien import cores
from mien.container import memory_limit, processor_limit


def machine(root: Path, groups: str, files: dict[str, str]) -> Path:
    """Write a root folder with what Linux says of the process's control groups."""
    for name, text in {"proc/self/cgroup": groups, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_version_2_has_one_tree_and_the_limits_above_hold_too(tmp_path: Path) -> None:
    top = "sys/fs/cgroup"
    root = machine(
        tmp_path,
        "0::/pod/box\n",
        {
            f"{top}/pod/box/cpu.max": "max 100000\n",
            f"{top}/pod/cpu.max": "150000 100000\n",
            f"{top}/pod/box/memory.max": "2000000000\n",
            f"{top}/pod/memory.max": "max\n",
        },
    )
    assert processor_limit(root) == 1.5
    assert memory_limit(root) == 2_000_000_000


def test_version_1_has_a_tree_for_each_controller(tmp_path: Path) -> None:
    # The path of a group is the host's, which the container does not see.
    root = machine(
        tmp_path,
        "4:memory:/docker/abc\n1:cpu,cpuacct:/docker/abc\n",
        {
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        },
    )
    assert processor_limit(root) == 0.5
    assert memory_limit(root) is None


def test_without_limits_there_are_none(tmp_path: Path) -> None:
    assert processor_limit(tmp_path) is None
    assert memory_limit(tmp_path) is None
    root = machine(
        tmp_path, "1:cpu:/\n", {"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n"}
    )
    assert processor_limit(root) is None


@pytest.mark.parametrize(
    ("limit", "expected"), [(None, 8), (0.5, 1), (1.5, 2), (3.0, 3), (64.0, 8)]
)
def test_a_container_s_limit_leaves_fewer_threads(
    monkeypatch: pytest.MonkeyPatch, limit: float | None, expected: int
) -> None:
    monkeypatch.setattr(cores, "allowed_cores", lambda: 8)
    monkeypatch.setattr(cores, "_limit", lambda: limit)
    assert cores.usable_cores() == expected
