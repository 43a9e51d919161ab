"""What happens when in a clip: a list of events, read from a CSV file, and excluded ranges."""

from __future__ import annotations

import bisect
import dataclasses
import functools
import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePath

from mien.clock import clock, parse_range
from mien.errors import DataError
from mien.media.events import EXCLUDE, Event, read_events
from mien.perception.picture import Picture
from mien.words import counted

_NAMED = 3
"""How many events a sentence names."""


@dataclasses.dataclass(frozen=True)
class Markers:
    """The events of one or several clips.

    At any time, the event that began last and has not ended gives its label. Time to be excluded
    is an event with the label `EXCLUDE`; a stimulus goes on after it if it has not ended. An event
    without an end lasts until the next one begins that is not an exclusion.

    Examples
    --------
    >>> markers = Markers((Event(2, "smile"), Event(8, "frown", end=10)))
    >>> markers.label_at(1), markers.label_at(2), markers.label_at(9), markers.label_at(11)
    (None, 'smile', 'frown', None)
    """

    events: tuple[Event, ...] = ()
    """In order of time."""
    warnings: tuple[str, ...] = ()
    """Sentences on what is odd in the file."""

    @classmethod
    def of(cls, path: str | Path | None = None, exclude: Sequence[str] = ()) -> Markers:
        """Read a file of events, if there is one, and add ranges to be excluded from all clips.

        Parameters
        ----------
        path
            As for `load`.
        exclude
            Ranges such as ``"0:10-0:12"``, as for `parse_range`.

        Raises
        ------
        DataError, SettingsError
            As `load` and `parse_range`.
        """
        loaded = cls() if path is None else cls.load(path)
        ranges = [parse_range(text) for text in exclude]
        excluded = [Event(begin, EXCLUDE, end) for begin, end in ranges]
        events = sorted([*loaded.events, *excluded], key=lambda event: event.time)
        return dataclasses.replace(loaded, events=tuple(events))

    @classmethod
    def load(cls, path: str | Path, setting: str | None = "markers") -> Markers:
        """Read a file of events.

        Parameters
        ----------
        path
            UTF-8 text with the columns ``time`` and ``label``, and if wished ``end`` or
            ``duration``, and ``source`` with the name of the clip; separated by commas,
            semicolons or tabs. Times are seconds, ``m:ss.fff`` or ``h:mm:ss.fff``; where columns
            are not separated by commas, numbers may have a decimal comma.
        setting
            The setting that names it, for errors.

        Raises
        ------
        DataError
            If it cannot be read, lacks a column, has a time that is not one, or gives two
            different labels for the same time.
        """
        return cls._ordered(list(read_events(Path(path), setting)), Path(path), setting)

    @classmethod
    def _ordered(cls, events: list[Event], path: Path, setting: str | None) -> Markers:
        """Bring events into the order of time, and say what was odd about them."""
        warnings = [] if events else [f"{path} has no event."]
        unique = list(dict.fromkeys(events))
        if len(unique) < len(events):
            number = counted(len(events) - len(unique), "event")
            warnings.append(f"{path} has {number} twice; the repetitions are left out.")
        by_source: dict[str | None, list[float]] = {}
        for event in unique:
            by_source.setdefault(event.source, []).append(event.time)
        if any(times != sorted(times) for times in by_source.values()):
            warnings.append(f"{path} is not in order of time; its events are sorted.")
        unique.sort(key=lambda event: event.time)
        _check_simultaneous(unique, path, setting)
        return cls(tuple(unique), tuple(warnings))

    def for_clip(self, source: str | Path) -> Markers:
        """Return the events of one clip: those that name it, and those that name no clip."""
        events = tuple(event for event in self.events if _is_of(event, str(source)))
        return Markers(events)

    def unmatched(self, sources: Iterable[str | Path]) -> str | None:
        """Return a sentence on events that name none of the clips; None if all name one."""
        names = [str(source) for source in sources]
        lost = [
            event for event in self.events
            if event.source is not None and not any(_is_of(event, name) for name in names)
        ]  # fmt: skip
        if not lost:
            return None
        clips = list(dict.fromkeys(str(event.source) for event in lost))
        return (
            f"{counted(len(lost), 'event')} in the list of markers"
            f" {'names' if len(lost) == 1 else 'name'} no clip of this run:"
            f" {_listed(clips)}."
        )

    def outside(self, begin: float, end: float) -> str | None:
        """Return a sentence on events outside of a clip that lasts from `begin` to `end` seconds.

        None is returned if all are inside. An event that begins before is inside if it ends after.
        """
        lost = [
            event for event in self.events
            if event.time > end or (event.time < begin and _last_moment(event) <= begin)
        ]  # fmt: skip
        if not lost:
            return None
        named = _listed([f"{event.label!r} at {clock(event.time)}" for event in lost])
        return (
            f"{counted(len(lost), 'marker')} lie{'s' if len(lost) == 1 else ''} outside of the"
            f" clip, which lasts from {clock(begin)} to {clock(end)}: {named}."
        )

    def label_at(self, time: float) -> str | None:
        """Return the label of the event that a time in seconds belongs to; None if to none.

        It is `EXCLUDE` where the time is excluded.
        """
        if self.excluded(time):
            return EXCLUDE
        return _at(self._labels, time)

    def excluded(self, time: float) -> bool:
        """Return whether a time in seconds is to be left out of summaries."""
        return _at(self._excluded, time) is not None

    def mark(self, picture: Picture) -> Picture:
        """Return a frame with the label of its time; a photo, which has none, stays as it is."""
        if picture.time is None or not self.events:
            return picture
        return dataclasses.replace(picture, marker=self.label_at(picture.time))

    def excluded_ranges(self) -> list[tuple[float, float]]:
        """Return the ranges that are excluded, begin and end in seconds; the end may be infinite.

        They are in order and do not overlap.
        """
        return [(begin, end) for begin, end, _ in _ranges(self._excluded)]

    def ranges(self) -> list[tuple[float, float, str]]:
        """Return when each label begins and ends, in order, without the excluded ranges.

        An end may be infinite.
        """
        return list(_ranges(self._labels))

    @functools.cached_property
    def _labels(self) -> list[tuple[float, str | None]]:
        return _changes([event for event in self._bounded if not event.excludes])

    @functools.cached_property
    def _excluded(self) -> list[tuple[float, str | None]]:
        return _changes([event for event in self._bounded if event.excludes])

    @functools.cached_property
    def _bounded(self) -> list[Event]:
        """The events, each with its end."""
        # A stimulus goes on during an exclusion, and a range that is added ends no other exclusion.
        stimuli = sorted({event.time for event in self.events if not event.excludes})
        bounded = []
        for event in self.events:
            after = bisect.bisect_right(stimuli, event.time)
            last = stimuli[after] if after < len(stimuli) else math.inf
            end = last if event.end is None else event.end
            bounded.append(dataclasses.replace(event, end=end))
        return bounded


def _is_of(event: Event, source: str) -> bool:
    """Return whether an event belongs to a clip, which it may name by path, file name or stem."""
    if event.source is None:
        return True
    named, path = PurePath(event.source), PurePath(source)
    whole = path.parts[-len(named.parts):]
    return named.parts in (whole, (*whole[:-1], PurePath(whole[-1]).stem))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _last_moment(event: Event) -> float:
    return math.inf if event.end is None else event.end


def _changes(events: Sequence[Event]) -> list[tuple[float, str | None]]:
    """Return when the label changes, and to what, of events that all have an end.

    At any time the label is that of the event that began last among those that have not ended.
    """
    changes: list[tuple[float, str | None]] = []
    going_on: list[Event] = []
    moments = {event.time for event in events} | {_last_moment(event) for event in events}
    beginning = iter(events)
    following = next(beginning, None)
    for moment in sorted(moments):
        while following is not None and following.time <= moment:
            going_on.append(following)
            following = next(beginning, None)
        # Ended events under the last one are looked at when they come up.
        while going_on and _last_moment(going_on[-1]) <= moment:
            going_on.pop()
        label = going_on[-1].label if going_on else None
        if not changes or changes[-1][1] != label:
            changes.append((moment, label))
    return changes


def _at(changes: Sequence[tuple[float, str | None]], time: float) -> str | None:
    """Return the label of a time."""
    place = bisect.bisect_right(changes, time, key=lambda change: change[0])
    return changes[place - 1][1] if place else None


def _ranges(
    changes: Sequence[tuple[float, str | None]]
) -> Iterator[tuple[float, float, str]]:
    """Yield the ranges that have a label: begin, end and label."""
    for (begin, label), (end, _) in itertools.pairwise([*changes, (math.inf, None)]):
        if label is not None:
            yield begin, end, label


def _check_simultaneous(events: Sequence[Event], path: Path, setting: str | None) -> None:
    """Refuse two labels for the same time of a clip."""
    earlier: defaultdict[tuple[float, bool, str], list[Event]] = defaultdict(list)
    # Those of all clips first, so that those of one clip are compared with them.
    for event in sorted(events, key=lambda event: event.source is not None):
        name, moment = _short_name(event), (event.time, event.excludes)
        others = [*earlier[*moment, ""], *earlier[*moment, name]]
        for other in others:
            if other.label != event.label and _may_meet(other, event):
                raise DataError(
                    f"{path} has two labels for {clock(event.time)}: {other.label!r} and"
                    f" {event.label!r}.",
                    "Keep one of them, or change its time.",
                    setting,
                )
        earlier[*moment, name].append(event)


def _short_name(event: Event) -> str:
    """Return what all names of an event's clip have in common; empty if it belongs to all."""
    return "" if event.source is None else PurePath(event.source).name.partition(".")[0]


def _may_meet(one: Event, other: Event) -> bool:
    """Return whether two events may belong to the same clip."""
    if one.source is None or other.source is None:
        return True
    return _is_of(one, other.source) or _is_of(other, one.source)
