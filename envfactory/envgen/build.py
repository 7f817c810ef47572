"""A source, or an edited contract, becomes an environment's folder; what people wrote in it is kept."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel

from envfactory.envgen.compile import Compiled, beside_overrides, compile, overridden_in
from envfactory.envgen.infer import write_spec
from envfactory.envgen.plan import linked
from envfactory.envgen.source import fetch
from envfactory.envgen.world import NOTE, draft_world
from envfactory.environment.library import read_state
from envfactory.environment.schema import Schema
from envfactory.environment.spec import Domain, EnvSpec, Omission, read_spec
from envfactory.environment.store import Image
from envfactory.errors import FileError, SpecError, StateError


class Built(BaseModel, frozen=True):
    """What one build wrote, and what it left out."""

    folder: Path
    spec: EnvSpec
    omitted: tuple[Omission, ...]
    """Tools and parameters the contract has and the code has not, and why."""
    written: tuple[str, ...]
    """The files whose text changed, by their path within the folder."""
    overridden: tuple[str, ...]
    """The tools that `overrides.py` defines."""


def build(
    reference: str,
    *,
    output: Path,
    name: str | None = None,
    operations: Sequence[str] = (),
    limit: int = 16,
    domain: Domain | None = None,
    seed: int = 0,
    respec: bool = False,
    taken: Collection[Path] = (),
    chosen: str = "",
) -> Built:
    """Build an environment from a source (as `fetch` takes it) or from a folder that holds a `spec.json`.

    A source gives `output/NAME`. If that folder has a contract already, it is the contract that counts, for people may
    have edited it; `respec` reads the source again and writes a new one. `overrides.py`, `states/` and `tests/` are
    never touched, but for a draft state that no longer fits. A folder that is `taken` is left alone; `chosen` is what a
    search says of the source. Raises SourceError, SpecError (also for a taken folder), FileError.
    """
    folder, spec = Path(reference), None
    if not (folder / "spec.json").is_file():
        spec = write_spec(fetch(reference), name=name, operations=tuple(operations), limit=limit, domain=domain)
        if chosen:
            first = spec.sources[0].model_copy(update={"chosen": chosen})
            spec = spec.model_copy(update={"sources": (first, *spec.sources[1:])})
        folder = output / spec.name
    if folder.resolve() in taken:
        raise SpecError(f"{reference} becomes {folder}, and so does another one; build one of them with another --name")
    by_hand = overridden(folder)
    if spec is not None and (respec or not (folder / "spec.json").is_file()):
        spec, compiled = settle(spec, overridden=by_hand)
        files = {"spec.json": spec.to_json(), **compiled.files}
    else:
        spec = read_spec(folder / "spec.json")
        compiled = compile(spec, overridden=by_hand)
        files = dict(compiled.files)
    if not _worlds(folder, compiled):
        files["states/draft.json"] = draft_world(spec, seed=seed).model_dump_json(indent=2) + "\n"
    written = write_files(folder, files)
    return Built(folder=folder, spec=spec, omitted=compiled.omitted, written=written, overridden=by_hand or ())


def _worlds(folder: Path, compiled: Compiled) -> bool:
    """Whether the folder has states to keep: any but a draft of ours that no longer fits the schema."""
    paths = list((folder / "states").glob("*.json"))
    if [path.stem for path in paths] != ["draft"]:
        return bool(paths)
    state = read_state(paths[0])
    try:
        Image.load(Schema.parse(compiled.files["schema.sql"]), state.rows)
    except StateError:
        return state.note != NOTE
    return True


def settle(spec: EnvSpec, *, overridden: Collection[str] | None = None) -> tuple[EnvSpec, Compiled]:
    """The contract without what no default can do — its reasons are in `omitted` — and the code for the rest of it.

    A new contract promises only what its code keeps. Raises SpecError when nothing would be left.
    """
    notes: list[Omission] = []
    spec = linked(spec)
    while True:
        compiled = compile(spec, overridden=overridden)
        if not compiled.omitted:
            break
        # A tool that goes takes its wishes about attributes with it, so they are looked at again each time.
        gone = compiled.tools_omitted or compiled.parameters_omitted or compiled.attributes_relaxed
        notes += [o for o in compiled.omitted if o.what in gone]
        spec = _without(spec, frozenset(gone))
    if not spec.tools:
        why = f"; the first: {notes[0].what} - {notes[0].why}" if notes else ""
        raise SpecError(f"no tool of {spec.title} can be written without a model{why}")
    spec = spec.model_copy(update={"omitted": (*spec.omitted, *notes)})
    return spec, Compiled(compiled.files, tuple(notes))


def _without(spec: EnvSpec, gone: frozenset[str]) -> EnvSpec:
    """`spec` without tools and parameters of these names, and with these attributes no longer in every row."""
    tools = [
        tool.model_copy(
            update={"parameters": tuple(p for p in tool.parameters if f"{tool.name}({p.name})" not in gone)}
        )
        for tool in spec.tools
        if tool.name not in gone
    ]
    entities = [
        entity.model_copy(
            update={
                "attributes": tuple(
                    a.model_copy(update={"required": False}) if f"{entity.name}.{a.name}" in gone else a
                    for a in entity.attributes
                )
            }
        )
        for entity in spec.entities
    ]
    return spec.model_copy(update={"tools": tuple(tools), "entities": tuple(entities)})


def overridden(folder: Path) -> tuple[str, ...] | None:
    """The tools of a folder that people wrote, in `overrides.py` and the files beside it; None without any.

    Raises SpecError when that file defines no class Overrides, FileError when it cannot be read.
    """
    path = folder / "overrides.py"
    if not path.is_file():
        return None
    try:
        others = [p for p in sorted(folder.glob("*.py")) if p.name not in {path.name, "entities.py", "environment.py"}]
        inherited = [name for other in others for name in beside_overrides(other.read_text(encoding="utf-8"))]
        return (*overridden_in(path.read_text(encoding="utf-8")), *inherited)
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"cannot read {path}: {error}") from error


def write_files(folder: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    """Write every file under a temporary name, then rename them all; on an error the folder is as it was."""
    new = {folder / name: text.encode() for name, text in files.items()}
    waiting: dict[Path, Path] = {}
    replaced: dict[Path, bytes | None] = {}
    made: list[Path] = []
    try:
        new = {path: data for path, data in new.items() if not path.is_file() or path.read_bytes() != data}
        for path, data in new.items():
            made += _folders(path.parent)
            number, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            waiting[path] = Path(beside)
            with os.fdopen(number, "wb") as file:
                file.write(data)
            os.chmod(beside, 0o644)
        for path, beside in waiting.items():
            old = path.read_bytes() if path.exists() else None
            os.replace(beside, path)
            replaced[path] = old
    except OSError as error:
        for path, old in replaced.items():
            path.unlink() if old is None else path.write_bytes(old)
        for beside in waiting.values():
            beside.unlink(missing_ok=True)
        for parent in reversed(made):
            parent.rmdir()
        raise FileError(f"cannot write {folder}: {error.strerror}; choose another folder with --output") from error
    return tuple(path.relative_to(folder).as_posix() for path in new)


def _folders(folder: Path) -> list[Path]:
    """Make a folder; those that had to be made for it, outermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()][::-1]
    folder.mkdir(parents=True, exist_ok=True)
    return missing
