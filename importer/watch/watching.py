"""The watcher: look, take, import, give back. The story on one page."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from importer.api.importing import FileResult
from importer.model.errors import Exit, ImporterError, gravest
from importer.model.events import Notice, Sink
from importer.pipeline.control import Control
from importer.watch import tickets
from importer.watch.arrivals import Arrivals, Sighting, look
from importer.watch.choosing import Fits, Mappings, Waits
from importer.watch.clock import Clock, RealClock
from importer.watch.fate import Fate, fate, named, of_error
from importer.watch.folders import Folders
from importer.watch.landing import Handled, landing_of
from importer.watch.loading import Loader
from importer.watch.notes import Notes
from importer.watch.options import WatchOptions
from importer.watch.status import Status
from importer.watch.tickets import Landing, Ticket
from importer.watch.waiting import why_not_taken

A_LITTLE = 0.05
"""Seconds more than the quiet time, so that a clock that ticks coarsely does not make one round more."""

STATUS_EVERY = 1.0
"""Seconds between two STATUS.html while one file follows the other."""

IN_WORK = "It is being imported, or will be in a moment."

Tell = Callable[[Handled], Awaitable[None]]


class Watch:
    """One watcher of one folder. ``control`` ends it; ``tell`` hears of each file that has landed.

    ``tell`` may hear of a file twice, with the same id, when the process is killed while it listens.
    """

    def __init__(
        self,
        options: WatchOptions,
        loader: Loader,
        control: Control,
        sink: Sink,
        tell: Tell,
        clock: Clock | None = None,
    ) -> None:
        self._options = options
        self._loader = loader
        self._control = control
        self._sink = sink
        self._tell = tell
        self._clock = clock or RealClock()
        self._folders = Folders(options.folder.absolute(), options.names)
        self._mappings = Mappings(options.mappings.absolute())
        self._arrivals = Arrivals(options.timing.quiet)
        self._notes = Notes()
        self._tickets: dict[str, Ticket] = {}
        self._due: dict[str, float] = {}
        self._waiting: dict[Path, Waits] = {}
        self._codes: list[Exit] = []
        self._current: Control | None = None
        self._shown = 0.0
        control.when_stopped(self._stop_current)
        control.when_abandoned(lambda: self._current.abandon() if self._current else None)

    async def run(self) -> Exit:
        """Watch until told to end; with ``once`` until what lies there is handled. Returns the exit code.

        Raises ImporterError when it cannot begin: the folder, a mapping, another watcher.
        """
        self._folders.make()
        self._mappings.check()
        await self._loader.check(self._mappings.files())
        with self._folders.lock():
            self._status = Status(self._folders)
            self._make_sub_folders()
            for ticket in tickets.left_over(self._folders):
                self._tickets[ticket.id] = ticket
            seen = self._folders.own / "seen.json"
            self._arrivals.load(seen, self._folders.inbox, self._clock.now())
            self._sink(Notice(f"Watching {self._folders.inbox}."))
            await self._rounds()
            with suppress(OSError):  # the next watcher then counts from its own first look
                self._arrivals.save(seen, self._folders.inbox)
        return self._exit()

    def _make_sub_folders(self) -> None:
        for name in self._mappings.folders():
            (self._folders.inbox / name).mkdir(exist_ok=True)

    async def _rounds(self) -> None:
        timing, first = self._options.timing, True
        while not self._control.stopped:
            try:
                seen = await asyncio.to_thread(self._look)
            except OSError as error:
                self._offline(error)
                seen = []
            self._write_status()  # what is in work can be seen, however long it takes
            await self._import_all()
            self._write_status()
            if self._options.once and not first and not self._control.stopped:
                self._codes += [Exit.LATER] * len([each for each in seen if each.path not in self._waiting])
                return
            pause = timing.quiet + A_LITTLE if self._options.once else timing.every
            await self._clock.sleep(pause, self._control)
            first = False

    def _offline(self, error: OSError) -> None:
        """The folder is away, as network shares are at times: it is looked for again."""
        why = f"The folder {self._folders.inbox} cannot be read: {error.strerror or type(error).__name__}."
        if self._options.once:
            raise ImporterError("WATCH_FOLDER", why, "Mend that, then run it again.", exit=Exit.LATER)
        if self._notes.is_new(self._folders.inbox, why):
            self._sink(Notice(f"{why} It is looked for again."))

    # the inbox

    def _look(self) -> list[Sighting]:
        """Take what has arrived, write a note beside what must wait; return what is left. Raises OSError."""
        now = self._clock.now()
        seen = look(self._folders.inbox, deep=self._mappings.by_folder)
        settled = self._arrivals.settled(seen, now)
        known = set(self._mappings.folders())
        left, self._waiting = [], {}
        for each in sorted(seen, key=lambda s: (s.state[1], s.path)):
            if each.kind == "folder" and each.path.name in known:
                continue
            if self._control.stopped or not (each.path in settled and self._take(each, settled[each.path])):
                left.append(each)
        self._notes.keep(self._folders.inbox, known, self._waiting)
        return left

    def _take(self, seen: Sighting, since: float) -> bool:
        """Take one file that is quiet, unless it must wait; return whether it has left the inbox."""
        choice = why_not_taken(seen) or self._choose(seen, since)
        if isinstance(choice, Fits):
            try:
                ticket = tickets.take(self._folders, seen, choice.mapping, self._clock.now())
            except OSError as error:
                why = f"It cannot be moved: {error.strerror or type(error).__name__}. Is it open?"
                choice = Waits(why, passing=True)
            else:
                if ticket is not None:
                    self._tickets[ticket.id] = ticket
                return True
        self._waiting[seen.path] = choice
        if self._notes.write(seen.path, choice.why):
            self._sink(Notice(f"{seen.path.name} waits: {choice.why}"))
        return False

    def _choose(self, seen: Sighting, since: float) -> Fits | Waits:
        """Return the mapping for a file; one that cannot be read is taken in the end, to be given back."""
        choice = self._mappings.choose(seen)
        if isinstance(choice, Waits) and choice.arriving:  # noqa: SIM102 (two thoughts)
            if self._clock.now() - since >= self._options.timing.whole:
                return Fits(self._mappings.files()[0])
        return choice

    # files in work

    async def _import_all(self) -> None:
        """Import what is in work and due, mapping by mapping, oldest first."""
        now = self._clock.now()
        due = [t for t in self._tickets.values() if self._due.get(t.id, now) <= now]
        for ticket in [t for t in due if t.landing is not None]:
            await self._land(ticket, None)
        by_mapping: dict[Path, list[Ticket]] = {}
        for ticket in [t for t in due if t.landing is None]:
            by_mapping.setdefault(ticket.mapping, []).append(ticket)
        for mapping, files in by_mapping.items():
            if not self._control.stopped:
                await self._import(mapping, files)

    async def _import(self, mapping: Path, files: Sequence[Ticket]) -> None:
        """Import ``files`` over one session; when that cannot be had, they wait."""
        async with AsyncExitStack() as stack:
            try:
                entering = stack.enter_async_context(self._loader.open(mapping))
                loaded = await self._control.unless_stopped(entering)
            except ImporterError as error:
                self._all_wait(files, of_error(error), error.exit)
                return
            for place, ticket in enumerate(files):
                if loaded is None or self._control.stopped:
                    return
                self._current = Control()
                try:
                    result = await loaded.load(ticket.file, self._current)
                finally:
                    self._current = None
                found = named(fate(result), ticket.file)
                if found.place == "left":
                    return
                if found.place == "waits":
                    # What is in the way of one file is mostly in the way of the next ones too.
                    rest = files[place:] if found.ends or result.exit is Exit.LATER else [ticket]
                    self._all_wait(rest, found, result.exit)
                    if len(rest) > 1 or found.ends:
                        return
                    continue
                landing = landing_of(ticket, result, found, self._clock.now())
                await self._land(ticket, result, landing)

    def _stop_current(self) -> None:
        if self._current is not None:
            code = self._control.exit or Exit.INTERRUPTED
            self._current.stop(code, self._control.reason, self._control.remedy)

    def _all_wait(self, files: Sequence[Ticket], found: Fate, code: Exit) -> None:
        """Leave ``files`` in work, with a note, to be tried again; end the watcher where that cannot help."""
        why = f"{found.words} {found.remedy}".strip()
        self._codes.append(code)
        for ticket in files:
            self._due[ticket.id] = self._clock.now() + self._options.timing.retry
            self._notes.write(ticket.file, f"{why} It is tried again by and by.")
        if self._notes.is_new(self._folders.working, why):
            self._sink(Notice(f"{len(files)} file(s) wait: {why}"))
        if found.ends:
            self._control.stop(code, found.words, found.remedy)

    async def _land(self, ticket: Ticket, result: FileResult | None, landing: Landing | None = None) -> None:
        """Give a file back: what the slip says is done again by the next watcher when this one dies."""
        try:
            if landing is not None:
                date = time.strftime("%Y-%m-%d", time.localtime(landing.at))
                ticket = tickets.landed(ticket, self._folders, landing, date)
                self._tickets[ticket.id] = ticket
            handled = self._handled(ticket, result)
            self._tell_journal(ticket, handled)
            tickets.move(ticket, self._folders)
            self._status.add(ticket)
        except OSError as error:
            why = f"It is imported, and cannot be moved: {error.strerror or type(error).__name__}."
            self._all_wait([ticket], Fate("waits", why), Exit.LATER)
            return
        await self._tell(handled)
        self._codes.append(Exit(handled.landing.exit))
        tickets.remove(ticket)
        del self._tickets[ticket.id]
        self._due.pop(ticket.id, None)
        self._write_status(STATUS_EVERY)

    def _tell_journal(self, ticket: Ticket, handled: Handled) -> None:
        """Have the journal know where the file of its run lies: ``results`` and ``report`` read it again."""
        landing = handled.landing
        if landing.run:
            results = None if handled.results is None else (Path(landing.results_from), handled.results)
            try:
                self._loader.moved(landing.run, ticket.file, handled.source, results)
            except ImporterError as error:
                self._sink(Notice(f"The journal does not know where {handled.source} is: {error.message}"))

    def _handled(self, ticket: Ticket, result: FileResult | None) -> Handled:
        landing, root = ticket.landing, self._folders.root
        assert landing is not None
        results = root / landing.results if landing.results else None
        return Handled(ticket.id, ticket.name, landing, root / landing.source, results, result)

    # the end of a round

    def _write_status(self, every: float = 0.0) -> None:
        """Write the page, unless that was done less than ``every`` seconds ago."""
        if self._clock.now() - self._shown < every:
            return
        self._shown = self._clock.now()
        waiting = [(path.name, choice.why) for path, choice in self._waiting.items()]
        for ticket in self._tickets.values():
            why = self._notes.text(ticket.file) if ticket.id in self._due else IN_WORK
            waiting.append((ticket.name, why))
        try:
            self._status.write(waiting, self._clock.now())
        except OSError as error:
            if self._notes.is_new(self._folders.root, str(error)):
                self._sink(Notice(f"STATUS.html cannot be written: {error.strerror}."))

    def _exit(self) -> Exit:
        if self._control.exit in (Exit.INTERRUPTED, Exit.TERMINATED):
            return self._control.exit
        left = [Exit.LATER] if self._tickets else []
        if self._options.once:
            waits = [Exit.LATER if each.passing else Exit.CANNOT_RUN for each in self._waiting.values()]
            return gravest([*self._codes, *left, *waits])
        ended = self._control.exit
        return gravest(left) if ended in (None, Exit.LATER) else ended
