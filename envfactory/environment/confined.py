"""Environments whose code nobody has reviewed, behind the face of an `Environment`: checks run on them as on any other.

Every object of such a class is a session in a confined process of its own (`worker.py`). The rows it keeps in this
process are a mirror, rebuilt from the changes the worker sent, so that whatever is judged is judged here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, TypeAdapter

from envfactory.environment.entropy import Entropy, EntropyState
from envfactory.environment.environment import DEFAULT_NOW, CallResult, Environment, State
from envfactory.environment.library import Loader, read_state
from envfactory.environment.pool import Pool
from envfactory.environment.session import SEPARATOR, Checkpoint
from envfactory.environment.spec import read_spec
from envfactory.environment.store import Image, Store
from envfactory.environment.texts import ConfinedWorld, Texts, ToolFace
from envfactory.environment.tool import Tool
from envfactory.environment.worker import ConfinedSession


class _Mirror(Store):
    """The host's copy of a worker's rows; closing it gives the worker up."""

    session: ConfinedSession | None = None
    give_up: Callable[[ConfinedSession], None] = staticmethod(ConfinedSession.close)

    def close(self) -> None:
        super().close()
        if self.session is not None:
            self.give_up(self.session)
            self.session = None


class Rested:
    """Confined sessions that have ended, for the next ones of the same code and rows: a few, the oldest go first.

    Opening one takes fifty times as long as taking one back to its beginning. But what its code left in its own
    memory is still there, as it is when reviewed code runs in one process: only where one party judges all sessions.
    """

    most = 12
    """Sessions kept, of some 8 MB each."""

    def __init__(self) -> None:
        self.kept: list[tuple[tuple[str, str], ConfinedSession]] = []

    def take(self, key: tuple[str, str]) -> ConfinedSession | None:
        """One with these rows and this code, if there is one."""
        for place, (held, session) in enumerate(self.kept):
            if held == key:
                del self.kept[place]
                return session
        return None

    def keep(self, key: tuple[str, str], session: ConfinedSession) -> None:
        """Keep one for later."""
        self.kept.append((key, session))
        while len(self.kept) > self.most:
            self.kept.pop(0)[1].close()


class Confined(Environment):
    """An environment that lives in a worker; made by `confined`, never subclassed by hand."""

    texts: ClassVar[Texts]
    pool: ClassVar[Pool]
    rested: ClassVar[Rested | None] = None

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._began = store.base
        self._session: ConfinedSession | None = None
        self._mirror: _Mirror | None = None

    def call(self, name: str, arguments: Any) -> CallResult:
        """Run one tool in the worker, which is started when first needed; what it changed is mirrored here.

        A call that takes too long, or whose worker dies, is this code's bug.
        """
        session = self._session
        if session is None or self.db is not self._mirror:  # it is new, or has gone back to a checkpoint
            if session is None or (self._mirror is not None and self._mirror.session is None):
                session = self._open()
            self._move(session)
        entry = session.call(f"{self.name}{SEPARATOR}{name}", arguments)
        mark = session.checkpoint().marks[self.name]
        mirror = _Mirror.replay(self._began, mark.changeset, Entropy(mark.entropy))
        if self._mirror is not None:
            self._mirror.session = None  # the new mirror ends the worker, not the old one
        self.db.close()
        mirror.session = session
        mirror.give_up = self._give_up
        self.db = self._mirror = mirror
        if entry.outcome in {"ok", "refused", "bug"}:
            return CallResult(outcome=entry.outcome, result=entry.result, changes=entry.changes, bug=entry.bug)
        return CallResult(outcome="bug", result=entry.result, bug=f"{name}: {entry.outcome}: {entry.bug}")

    def _open(self) -> ConfinedSession:
        session = self.rested.take((self.texts.hash, self._began.hash)) if self.rested else None
        if session is None:
            state = State(now=self.db.entropy.now, rows=_rows(self._began))
            session = ConfinedSession(self.pool, [ConfinedWorld(self.texts, state)])
        self._session = session
        return session

    def _give_up(self, session: ConfinedSession) -> None:
        if self.rested is not None and session.open:
            self.rested.keep((self.texts.hash, self._began.hash), session)
        else:
            session.close()

    def _move(self, session: ConfinedSession) -> None:
        """Bring the worker to where the rows here are."""
        mark = session.checkpoint().marks[self.name]
        here = mark.model_copy(update={"changeset": self.db.changeset, "entropy": self.db.entropy.state})
        session.restore(Checkpoint(marks={self.name: here}, calls=0))


def _rows(image: Image) -> dict[str, list[dict[str, Any]]]:
    """The rows of an image, worked out once."""
    if image.data not in _known:
        if len(_known) > 64:
            _known.clear()
        store = Store(image, Entropy(_NOTHING))
        _known[image.data] = store.state()
        store.close()
    return _known[image.data]


_known: dict[bytes, dict[str, list[dict[str, Any]]]] = {}
_NOTHING = EntropyState(seed="", now=DEFAULT_NOW)


class _Anything(BaseModel):
    """Arguments are validated where the code is."""


def confined(
    folder: Path,
    pool: Pool,
    *,
    replace: Mapping[str, str] | None = None,
    rested: Rested | None = None,
    like: type[Environment] | None = None,
) -> type[Environment]:
    """The class of an environment whose code runs only in workers of `pool`.

    `rested` lets a session have another's worker; `like` is a class of this folder with the same states and tools,
    which are then not read again. Raises FileError when the code does not load, StateError when its rows do not fit,
    SpecError, NoSandbox.
    """
    texts = Texts.read(folder, replace=replace)
    spec = read_spec(folder / "spec.json")
    paths = sorted((folder / "states").glob("*.json"))
    states = like.states if like else {path.stem: read_state(path) for path in paths}
    cls = type(spec.name.title().replace("_", ""), (Confined,), {"__doc__": spec.description, "name": folder.name})
    cls.texts = Texts(folder.name, texts.texts)
    cls.pool = pool
    cls.rested = rested
    cls.spec = spec
    cls.domain = spec.domain
    cls.folder = folder
    cls.schema = texts.schema
    cls.states = states
    first = next(iter(states.values()), State())
    image = cls.image(first) if rested is not None else None
    rows = _rows(image) if image is not None else first.rows
    session = ConfinedSession(pool, [ConfinedWorld(cls.texts, State(now=first.now, rows=rows))])
    try:
        cls.tools = like.tools if like else {face.name: _tool(face) for face in session.tools.values()}
    except BaseException:
        session.close()
        raise
    if rested is not None and image is not None:
        rested.keep((cls.texts.hash, image.hash), session)
    else:
        session.close()
    return cls


def _tool(face: ToolFace) -> Tool:
    return Tool(
        name=face.name,
        description=face.description,
        writes=face.writes,
        input_schema=face.input_schema,
        output_schema=face.output_schema,
        method=face.name,
        arguments=_Anything,
        result=TypeAdapter(Any),
    )


def confining(pool: Pool, *, reuse: bool = False) -> Loader:
    """A loader like `library.load` whose classes run nothing in this process; `reuse`: see `Rested`."""
    rested = Rested() if reuse else None

    def load(folder: Path, *, replace: Mapping[str, str] | None = None) -> type[Environment]:
        return confined(folder, pool, replace=replace, rested=rested)

    return load
