"""The whole run: plans it, has an engine read what is missing, and says what is there."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import re
from collections.abc import Callable, Generator
from pathlib import Path
from types import TracebackType
from typing import Self

from mien.batch.entries import ShardResult
from mien.batch.locks import Alive
from mien.batch.manifest import check_manifest, write_manifest
from mien.batch.parts import failed_inputs, part_path, read_part
from mien.batch.planning import prepare_plan
from mien.batch.run_id import RunId
from mien.batch.shards import open_reader
from mien.errors import InterruptionError, SettingsError, require
from mien.files import check_folder, make_folder
from mien.progress import Update
from mien.settings import BatchSettings
from mien.words import counted

_SHARE = re.compile(r"(\d{1,9})/(\d{1,9})", re.ASCII)

_EXAMPLES = 3
"""How many of the pictures that could not be read are named."""


@dataclasses.dataclass(frozen=True)
class BatchResult:
    """What is in a folder of outputs, or in a share of it, after a run."""

    read: int
    """How many pictures this run read."""
    inputs: int
    """How many pictures there are, read by this run or earlier ones."""
    faces: int
    """How many faces were found in them."""
    failures: int
    """How many of them could not be read."""
    examples: tuple[tuple[str, str], ...]
    """The first of those, each with what is wrong with it."""
    complete: bool
    """Whether all shards of the whole run are there, those of other shares too."""


class BatchJob:
    """Reads millions of pictures in shards, and writes one part of the table for each.

    A context manager; while it is open, other runs leave its temporary files alone.

    Parameters
    ----------
    settings
        What to read, and where to write.

    Raises
    ------
    SettingsError
        If no source or folder is named, a setting is out of range, or there is another run in the
        folder.
    DataError
        If a source does not exist, cannot be read or is damaged, or what it names has changed.
    OutputError
        If the folder cannot be written to, or holds files of other programs under the same names.
    NetError
        If the network is unknown.
    MissingExtraError
        If a package that is needed is not installed.

    Examples
    --------
    >>> with BatchJob(BatchSettings(sources=("photos",), out=Path("results"))) as job:
    ...     print(job.run().failures)
    0
    """

    def __init__(self, settings: BatchSettings) -> None:
        self._folder, self._share = _check(settings)
        self._settings = settings
        self._done: dict[int, ShardResult] = {}
        run = RunId.of(settings)
        # It refuses settings that do not fit the network, before anything is listed.
        open_reader(run)
        check_folder(self._folder, setting="out")
        check_manifest(self._folder)
        is_new = not self._folder.exists()
        make_folder(self._folder, setting="out")
        self._alive = Alive(self._folder)
        try:
            # Of many shares one makes the list, and the others do not repeat that.
            self.plan = prepare_plan(self._folder, run, check=self._share == (1, 1))
            """What is to be read, cut into shards."""
        except BaseException:
            self.close()
            if is_new:
                with contextlib.suppress(OSError):
                    self._folder.rmdir()
            raise

    def shards_missing(self) -> list[int]:
        """List the shards of this run, or of its share, that have no part yet.

        Raises
        ------
        OutputError
            If a file in the place of a part does not belong to this run.
        """
        return [number for number in self._shards() if self._part(number) is None]

    def run(self, progress: Update = lambda done, total: None) -> BatchResult:
        """Read the shards that are missing.

        Parameters
        ----------
        progress
            Called with how many pictures were read, and how many are to be.

        Returns
        -------
        BatchResult
            What is there now.

        Raises
        ------
        OutputError
            If a part cannot be written.
        DataError
            If the server of the pictures cannot be reached.
        InterruptionError
            If Ctrl-C ended the run. What is complete stays, and the same run goes on with it.
        """
        missing = self.shards_missing()
        if len(missing) == len(self._shards()):
            write_manifest(self._folder, self.plan)
        total = sum(map(self.plan.count, missing))
        done = 0

        def tell(pictures: int) -> None:
            nonlocal done
            done += pictures
            progress(done, total)

        tell(0)
        read, written = 0, 0
        try:
            with contextlib.closing(self._engine(missing, tell)) as results:
                for result in results:
                    read += result.inputs
                    written += 1
        except KeyboardInterrupt:
            raise InterruptionError(
                f"Interrupted after {written:,} of {counted(len(missing), 'shard')}; what is"
                f" complete is in {self._folder}.",
                "Repeat the command to go on.",
            ) from None
        return self._result(read)

    def close(self) -> None:
        """Let other runs know that this one is over."""
        self._alive.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _shards(self) -> range:
        """Return the shards of the share: every so-manieth, so that all shares are as large."""
        share, shares = self._share
        return range(share - 1, self.plan.shards, shares)

    def _part(self, shard: int) -> ShardResult | None:
        """Return what the part of a shard says; None if there is none yet."""
        if shard not in self._done:
            part = read_part(self._folder, self.plan.fingerprint, shard)
            if part is None:
                return None
            self._done[shard] = part
        return self._done[shard]

    def _engine(
        self, shards: list[int], tell: Callable[[int], None]
    ) -> Generator[ShardResult, None, None]:
        """Have the engine read shards; a generator, so that closing it stops the engine."""
        if not shards:
            return
        if self._settings.engine == "local":
            from mien.batch.engines import local

            yield from local.run(self._folder, shards, threads=self._settings.threads, tell=tell)
            return
        from mien.batch.engines import ray_engine

        for result in ray_engine.run(self._folder, shards, self._settings.address):
            tell(result.inputs)
            yield result

    def _result(self, read: int) -> BatchResult:
        """Sum up the share, and complete the manifest if all shards are there."""
        parts = [part for part in map(self._part, self._shards()) if part is not None]
        failing = (part.number for part in parts if part.failures)
        failed = itertools.chain.from_iterable(
            failed_inputs(self._folder, number) for number in failing
        )
        return BatchResult(
            read=read,
            inputs=sum(part.inputs for part in parts),
            faces=sum(part.faces for part in parts),
            failures=sum(part.failures for part in parts),
            examples=tuple(itertools.islice(failed, _EXAMPLES)),
            complete=self._complete(),
        )

    def _complete(self) -> bool:
        """Return whether all shards are there; the manifest then says what is in them."""
        # The last shards are looked for first: a run that is not done mostly lacks them.
        numbers = reversed(range(self.plan.shards))
        if not all(part_path(self._folder, number).exists() for number in numbers):
            return False
        parts = [self._part(number) for number in range(self.plan.shards)]
        write_manifest(self._folder, self.plan, [part for part in parts if part is not None])
        return None not in parts


def _check(settings: BatchSettings) -> tuple[Path, tuple[int, int]]:
    """Refuse settings that lack something or contradict each other; return folder and share."""
    if not settings.sources:
        raise SettingsError(
            "No pictures were named.", "Name folders, globs, lists, Parquet or tar files.",
            "sources",
        )  # fmt: skip
    if settings.out is None:
        raise SettingsError("No folder was named for the table.", "Name one.", "out")
    if settings.address is not None and settings.engine != "ray":
        raise SettingsError(
            "The address is that of a Ray cluster, but this machine is to read alone.",
            "Choose Ray as the engine, or leave out the address.",
            "address",
        )
    require("pyarrow", "batch")
    return settings.out, _parse_share(settings.share)


def _parse_share(text: str | None) -> tuple[int, int]:
    """Return which of how many shares is meant by ``"3/8"``, counted from 1."""
    match = _SHARE.fullmatch(text or "1/1")
    share, shares = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= share <= shares:
        raise SettingsError(
            f"Expected a share such as 3/8, from 1/8 to 8/8, got {text!r}.",
            "Write which share, counted from 1, and of how many.",
            "share",
        )
    return share, shares
