"""Many environments at once: models are asked side by side, checks run in processes of their own, within one budget.

Each order has a run store and a folder of its own, and its files are the same as when it is built alone. What goes
wrong with one order is its outcome and leaves the others be. The stores stay until every order is done, so that a lot
that was stopped goes on with `resume`: finished orders are not touched again, and no reply is paid for twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from envfactory.envgen.authors.author import Author
from envfactory.envgen.contract import contract, is_wish
from envfactory.envgen.examine import examine
from envfactory.envgen.loop import FUZZ, ROUNDS, Authored, Examine, author_environment
from envfactory.envgen.search import Shelf
from envfactory.envgen.seek import Found, seek
from envfactory.environment.confined import confining
from envfactory.environment.library import Loader, content_hash, folders
from envfactory.environment.pool import Pool
from envfactory.environment.spec import Domain
from envfactory.errors import EnvFactoryError, SpecError
from envfactory.models.kept import Kept
from envfactory.models.model import Metered, ModelFailed
from envfactory.models.recorded import Tape
from envfactory.runs import Budget, Purse, Run, Spent

Progress = Callable[[int, str, bool], None]
"""Told which order, by its place, how far it is, and whether that was the last of it."""


class Order(BaseModel, frozen=True):
    """One environment to be built with a model."""

    wanted: str
    """A description, a page, a folder with a contract, or a wish in words, as `contract` takes it."""
    name: str | None = None
    pages: Path | None = None
    operations: tuple[str, ...] = ()
    limit: int = 16
    domain: Domain | None = None
    search: bool = False
    """Whether a wish is searched for first."""
    rounds: int = ROUNDS
    mutants: int = 200

    @property
    def label(self) -> str:
        """What its run store is called."""
        stem = self.name or Path(self.wanted).stem or self.wanted
        return "".join(c if c.isalnum() else "_" for c in stem)[:40].strip("_").lower() or "build"


class Outcome(BaseModel, frozen=True):
    """What came of one order."""

    order: Order
    authored: Authored | None = None
    error: str = ""
    """Why there is no environment, in one sentence with the cure."""
    found: Found | None = None
    ledger: dict[str, Spent] = {}

    @property
    def verified(self) -> bool:
        """Whether there is an environment that passed every check."""
        return self.authored is not None and self.authored.certificate.verdict == "verified"


class Way(BaseModel, frozen=True, arbitrary_types_allowed=True):
    """How code is loaded and checked: in confined workers and other processes, unless a test has its own way."""

    load: Loader
    examine: Callable[[Order], Examine] | None = None
    """None: the checks run in this process."""


def labels(orders: Sequence[Order]) -> list[str]:
    """A name for each order's run store; those that would be alike get a hash of what is wanted behind it."""
    plain = [order.label for order in orders]
    return [
        f"{label}_{hashlib.sha256(order.wanted.encode()).hexdigest()[:6]}" if plain.count(label) > 1 else label
        for label, order in zip(plain, orders, strict=True)
    ]


async def author_many(
    orders: Sequence[Order],
    *,
    model: Metered,
    named: str,
    output: Path,
    workers: int = 2,
    sandbox: str = "sealed",
    budget: Budget | None = None,
    resume: bool = False,
    shelf: Callable[[], Shelf] | None = None,
    library: Sequence[Path] = (),
    progress: Progress | None = None,
    keep: Callable[[str, Run], None] | None = None,
    way: Way | None = None,
) -> list[Outcome]:
    """Build every order, `workers` of them at a time, into `output`; the outcomes in the order of the orders.

    `named` is the model as the configuration of the runs records it; `budget` is for all together; `shelf` is where
    wishes are searched for; `keep` is given each finished order's label and run before the stores are removed. Raises
    FileError when a store is there already (unless `resume`), or was begun with other arguments.
    """
    with ExitStack() as held:
        if way is None:
            pool = held.enter_context(Pool(sandbox))
            way = _confined(pool, asyncio.Semaphore(max(1, min(workers, os.cpu_count() or 1))))
        purse = Purse(budget or Budget())
        runs: list[Run] = []
        for label, order in zip(labels(orders), orders, strict=True):
            store = output / f"{label}.run"
            config = order.model_dump(mode="json", exclude={"rounds", "mutants"}) | {"model": named}
            run = Run(store, config, resume=resume, purse=purse)
            held.callback(run.close)
            runs.append(run)
        lot = _Lot(list(orders), runs, model, output, way, workers, shelf, sorted(folders(library)), progress)
        outcomes = await lot.build()
        if keep is not None:
            for label, run, outcome in zip(labels(orders), runs, outcomes, strict=True):
                if outcome.authored is not None:
                    keep(label, run)
        if all(outcome.authored is not None for outcome in outcomes):
            for run in runs:
                run.finish()
        return outcomes


def _confined(pool: Pool, places: asyncio.Semaphore) -> Way:
    """Code in workers of `pool`; as many checks at once as the machine has processors, or a limit would run out."""

    def examined(order: Order) -> Examine:
        async def run(folder: Path) -> Any:
            async with places:
                return await examine(folder, mutants=order.mutants, fuzz=FUZZ, sandbox=pool.sandbox)

        return run

    return Way(load=confining(pool), examine=examined)


class _Lot:
    """The orders of one call, and what they share."""

    def __init__(
        self,
        orders: list[Order],
        runs: list[Run],
        model: Metered,
        output: Path,
        way: Way,
        workers: int,
        shelf: Callable[[], Shelf] | None,
        held: list[str],
        progress: Progress | None,
    ) -> None:
        self.orders = orders
        self.runs = runs
        self.model = model
        self.output = output
        self.way = way
        self.shelf = shelf
        self.held = held
        self.progress = progress
        self.places = asyncio.Semaphore(workers)
        self.names = {run.record(0, kind="name"): place for place, run in enumerate(runs)}
        """Which order has which name; those of an interrupted lot keep theirs."""
        self.settled = [asyncio.Event() for _ in orders]
        """Set when an order has its name, or will never have one."""
        self._shelf: asyncio.Task[Shelf] | None = None

    async def build(self) -> list[Outcome]:
        """All orders; a bug is raised, but only when the others are through."""
        ended = await asyncio.gather(*map(self._one, range(len(self.orders))), return_exceptions=True)
        for one in ended:
            if isinstance(one, BaseException):
                raise one
        return [one for one in ended if isinstance(one, Outcome)]

    async def _one(self, place: int) -> Outcome:
        order, run = self.orders[place], self.runs[place]
        outcome = Outcome(order=order)
        try:
            async with self.places:
                author = Author(Kept(self.model, run, "envgen"))
                outcome = outcome.model_copy(update={"found": await self._found(place, author)})
                authored = self._done(run) or await self._authored(place, author, outcome.found)
                outcome = outcome.model_copy(update={"authored": authored})
                self._say(place, f"{authored.certificate.verdict}: {authored.folder}", done=True)
        except ModelFailed as error:
            told = f"the model failed ({error.kind}): {error}; run it again with --resume"
            outcome = outcome.model_copy(update={"error": told})
        except EnvFactoryError as error:
            outcome = outcome.model_copy(update={"error": str(error)})
        finally:
            self.settled[place].set()
        if outcome.error and len(self.orders) > 1:
            self._say(place, outcome.error, done=True)
        return outcome.model_copy(update={"ledger": run.ledger()})

    def _done(self, run: Run) -> Authored | None:
        """What an earlier process finished, if its folder is still as it left it."""
        text = run.record(0, kind="done")
        if text is None:
            return None
        authored = Authored.model_validate_json(text)
        try:
            same = content_hash(authored.folder) == authored.certificate.hash
        except OSError:
            return None
        return authored if same and (authored.folder / "certificate.json").is_file() else None

    def _held(self, run: Run) -> list[str]:
        """The environments that were there when this order was begun: a resumed or replayed one asks what it asked
        then, however the library has grown."""
        text = run.record(0, kind="held")
        if text is None:
            recorded = self.model.header.held if isinstance(self.model, Tape) else None
            text = json.dumps(self.held if recorded is None else recorded)
            run.add(0, text, kind="held")
        return json.loads(text)

    async def _found(self, place: int, author: Author) -> Found | None:
        """What a search for an order came to; it is made once and kept, for the world changes."""
        order, run = self.orders[place], self.runs[place]
        if not order.search or self.shelf is None or not is_wish(order.wanted):
            return None
        held = run.record(0, kind="found")
        if held is not None:
            return Found.model_validate_json(held)
        self._say(place, "searcher: what to look for")
        if self._shelf is None:
            self._shelf = asyncio.create_task(asyncio.to_thread(self.shelf))
        found = await seek(author, order.wanted, await self._shelf, domain=order.domain)
        run.add(0, found.model_dump_json(), kind="found")
        self._say(place, f"searcher: {found.entry.reference if found.entry else 'none'}: {found.why}")
        return found

    async def _authored(self, place: int, author: Author, found: Found | None) -> Authored:
        order, run = self.orders[place], self.runs[place]
        spec = await contract(
            author,
            order.wanted,
            pages=order.pages,
            name=order.name,
            operations=order.operations,
            limit=order.limit,
            domain=order.domain,
            held=self._held(run),
            found=found,
        )
        spec = spec.model_copy(update={"name": await self._named(place, spec.name)})
        folder = self.output / spec.name
        if folder.exists() and Path(order.wanted).is_dir() and folder.resolve() == Path(order.wanted).resolve():
            raise SpecError(
                f"with a model all of {folder} but its contract would be written anew; give another --output"
            )
        self._say(place, f"contract: {spec.name}, {len(spec.tools)} tools, {len(spec.rules)} rules")
        authored = await author_environment(
            author,
            spec,
            folder,
            load=self.way.load,
            run=run,
            rounds=order.rounds,
            mutants=order.mutants,
            progress=lambda text: self._say(place, text),
            examine=self.way.examine(order) if self.way.examine else None,
        )
        if run.record(0, kind="done") is None:
            run.add(0, authored.model_dump_json(), kind="done")
        return authored

    async def _named(self, place: int, name: str) -> str:
        """The name of an order's environment: its own, or with a number behind it when an earlier order has that one.

        It waits until all earlier ones have theirs, so that names do not depend on which model answers first.
        """
        run = self.runs[place]
        for before in self.settled[:place]:
            await before.wait()
        given = run.record(0, kind="name") or name
        number = 2
        while self.names.get(given, place) != place:
            given, number = f"{name}_{number}", number + 1
        self.names[given] = place
        if run.record(0, kind="name") is None:
            run.add(0, given, kind="name")
        self.settled[place].set()
        return given

    def _say(self, place: int, text: str, *, done: bool = False) -> None:
        if self.progress is not None:
            self.progress(place, text, done)
