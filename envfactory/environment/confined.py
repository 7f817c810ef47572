"""Environments whose code nobody has reviewed, behind the face of an `Environment`: checks run on them as on any other.

Every object of such a class is a session in a confined process of its own (`worker.py`). The rows it keeps in this
process are a mirror, rebuilt from the changes the worker sent, so that whatever is judged is judged here.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from envfactory.environment.texts import ConfinedWorld, Texts
from envfactory.environment.tool import Tool
from envfactory.environment.worker import ConfinedSession


class _Mirror(Store):
    """The host's copy of a worker's rows; closing it ends the worker."""

    session: ConfinedSession | None = None

    def close(self) -> None:
        super().close()
        if self.session is not None:
            self.session.close()
            self.session = None


class Confined(Environment):
    """An environment that lives in a worker; made by `confined`, never subclassed by hand."""

    texts: ClassVar[Texts]
    pool: ClassVar[Pool]

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
        self.db = self._mirror = mirror
        if entry.outcome in {"ok", "refused", "bug"}:
            return CallResult(outcome=entry.outcome, result=entry.result, changes=entry.changes, bug=entry.bug)
        return CallResult(outcome="bug", result=entry.result, bug=f"{name}: {entry.outcome}: {entry.bug}")

    def _open(self) -> ConfinedSession:
        rows = _rows(self._began)
        state = State(now=self.db.entropy.now, rows=rows)
        session = ConfinedSession(self.pool, [ConfinedWorld(self.texts, state)])
        self._session = session
        return session

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


def confined(folder: Path, pool: Pool, *, replace: Mapping[str, str] | None = None) -> type[Environment]:
    """The class of an environment whose code runs only in workers of `pool`.

    Raises FileError when the code does not load, StateError when its rows do not fit, SpecError, NoSandbox.
    """
    texts = Texts.read(folder, replace=replace)
    spec = read_spec(folder / "spec.json")
    states = {path.stem: read_state(path) for path in sorted((folder / "states").glob("*.json"))}
    cls = type(spec.name.title().replace("_", ""), (Confined,), {"__doc__": spec.description, "name": folder.name})
    cls.texts = Texts(folder.name, texts.texts)
    cls.pool = pool
    cls.spec = spec
    cls.domain = spec.domain
    cls.folder = folder
    cls.schema = texts.schema
    cls.states = states
    first = next(iter(states.values()), State())
    with ConfinedSession(pool, [ConfinedWorld(cls.texts, first)]) as session:
        cls.tools = {
            face.name: Tool(
                name=face.name,
                description=face.description,
                writes=face.writes,
                input_schema=face.input_schema,
                output_schema=face.output_schema,
                method=face.name,
                arguments=_Anything,
                result=TypeAdapter(Any),
            )
            for face in session.tools.values()
        }
    return cls


def confining(pool: Pool) -> Loader:
    """A loader like `library.load` whose classes run nothing in this process."""

    def load(folder: Path, *, replace: Mapping[str, str] | None = None) -> type[Environment]:
        return confined(folder, pool, replace=replace)

    return load
