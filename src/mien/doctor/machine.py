"""Looks at the machine: its system, processor, memory and language."""

from __future__ import annotations

import contextlib
import locale
import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from mien.container import memory_limit, processor_limit
from mien.cores import allowed_cores, usable_cores
from mien.doctor.checks import Check

_FEATURES = {
    "sse4_2": "SSE4.2", "avx2": "AVX2", "fma": "FMA", "f16c": "F16C", "avx512f": "AVX-512",
    "avx_vnni": "AVX-VNNI", "avx512_vnni": "AVX-512 VNNI", "avx512_bf16": "AVX-512 BF16",
    "amx_int8": "AMX int8",
    "asimd": "NEON", "asimdhp": "NEON FP16", "asimddp": "NEON dot product", "i8mm": "I8MM",
    "bf16": "BF16", "sve": "SVE", "sve2": "SVE2", "sme": "SME",
}  # fmt: skip
"""The features that networks run faster with, by Linux's name of each."""

_OPENCV_FEATURES = {
    7: "SSE4.2", 11: "AVX2", 12: "FMA", 13: "AVX-512", 23: "AVX-512 VNNI",
    100: "NEON", 101: "NEON dot product", 102: "NEON FP16", 103: "NEON BF16",
}  # fmt: skip
"""The same by OpenCV's number of each (cvdef.h), which it knows on every system."""

_GIGABYTE = 1e9

_LITTLE = 1.0
"""Gigabytes of memory; with less, photos of many megapixels may not fit beside the networks."""


def machine() -> Iterable[Check]:
    """Look at the system, the processor, the memory and the language."""
    yield Check("operating system", f"{platform.system()} {platform.release()}".strip())
    yield Check("processor", processor_name())
    yield Check("its features", ", ".join(features()) or "none that networks make use of")
    yield _processors()
    yield Check("threads", f"{usable_cores()} for a network, {_opencv_threads()} for OpenCV")
    yield _memory()
    yield from _language()


def processor_name() -> str:
    """Return the processor's name, or at least its architecture."""
    name = platform.machine()
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        if sys.platform == "darwin":
            command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
            brand = subprocess.check_output(command, text=True, timeout=1)  # noqa: S603 - fixed
            return f"{brand.strip()} ({name})"
        if sys.platform == "linux":
            model = _of_cpuinfo(Path("/proc/cpuinfo"), "model name")
            return f"{model} ({name})" if model else name
    return f"{platform.processor()} ({name})" if platform.processor() else name


def features(cpuinfo: Path = Path("/proc/cpuinfo")) -> list[str]:
    """List the processor's features that networks run faster with.

    Parameters
    ----------
    cpuinfo
        Where Linux lists them; elsewhere OpenCV is asked.
    """
    try:
        # The line is called flags on x86 and Features on ARM.
        flags = _of_cpuinfo(cpuinfo, "flags") or _of_cpuinfo(cpuinfo, "Features")
    except OSError:
        flags = ""
    if flags:
        return [name for flag, name in _FEATURES.items() if flag in flags.split()]
    import cv2

    return [name for number, name in _OPENCV_FEATURES.items() if cv2.checkHardwareSupport(number)]


def _of_cpuinfo(cpuinfo: Path, name: str) -> str:
    """Return the first value of a name in /proc/cpuinfo; empty if it is not there."""
    for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""


def _processors() -> Check:
    """Count the processors: the machine's, and those that this process may use."""
    total, allowed, limit = os.cpu_count() or 1, allowed_cores(), processor_limit()
    words = [f"{usable_cores()} usable of {total}"]
    if allowed < total:
        words.append(f"the affinity allows {allowed}")
    if limit is not None:
        words.append(f"the container allows the time of {limit:g}")
    return Check("processors", "; ".join(words))


def _opencv_threads() -> str:
    import cv2

    return str(cv2.getNumThreads())


def _memory() -> Check:
    """Measure the memory: the machine's, what is free of it, and the container's limit."""
    total, free, limit = _total_memory(), _free_memory(), memory_limit()
    words = ["unknown" if total is None else f"{total / _GIGABYTE:.1f} GB"]
    if free is not None:
        words.append(f"{free / _GIGABYTE:.1f} GB of it free")
    if limit is not None and (total is None or limit < total):
        words.append(f"the container allows {limit / _GIGABYTE:.1f} GB")
    value = "; ".join(words)
    least = min((size for size in (free, limit) if size is not None), default=None)
    if least is None or least >= _LITTLE * _GIGABYTE:
        return Check("memory", value)
    return Check(
        "memory",
        value,
        "note",
        f"Less than {_LITTLE:g} GB of memory can be used: large photos may not fit.",
        "End other programs, or set a lower max_megapixels.",
    )


def _total_memory() -> int | None:
    """Return the machine's memory in bytes; None if the system does not tell."""
    with contextlib.suppress(AttributeError, ValueError, OSError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _free_memory(meminfo: Path = Path("/proc/meminfo")) -> int | None:
    """Return the memory that programs can still take, in bytes; None except on Linux."""
    with contextlib.suppress(OSError, ValueError):
        kilobytes = _of_cpuinfo(meminfo, "MemAvailable").removesuffix("kB")
        return int(kilobytes) * 1024
    return None


def _language() -> Iterable[Check]:
    """Look at the language, and at how text is written to the terminal and to files."""
    written = getattr(sys.stdout, "encoding", None) or "none"
    files = sys.getfilesystemencoding()
    language = locale.setlocale(locale.LC_CTYPE)
    value = f"{language}; terminal {written}, file names {files}"
    if all(name.lower().replace("-", "") == "utf8" for name in (written, files)):
        yield Check("language", value)
        return
    yield Check(
        "language",
        value,
        "note",
        "Emoji and letters beyond ASCII may be printed as other signs: text is not written in"
        " UTF-8.",
        "Set the environment variable PYTHONUTF8=1, or LC_ALL=C.UTF-8.",
    )
