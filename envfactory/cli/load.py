"""What the commands read first: environments, behind the walls they need, and tasks.

One rule says whose code runs where, and it stands here: the library that came with this package has been reviewed and
runs in this process; the code of any other folder runs in confined workers, unless `--sandbox=none` says that it is
trusted. A certificate does not change that: it says what the code did when it was tried, not what else it may do.
"""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envfactory.errors import EnvFactoryError

if TYPE_CHECKING:
    from envfactory.environment.environment import Environment
    from envfactory.environment.library import Loader

DEFAULT = "sealed"
"""The walls around code that nobody has reviewed, when none are named."""


def loader(sandbox: str | None = None, *, reuse: bool = False) -> Loader:
    """What loads a folder's code by the rule above; `sandbox` is what `--sandbox` said.

    `reuse` lets one session after another have a process, where one party judges them all: a check, the making of
    tasks. Raises UnknownName, and NoSandbox on a machine that lacks what the walls need (for a folder: when it loads).
    """
    from envfactory.environment.library import load

    if sandbox not in {None, "none"}:
        return _confining(str(sandbox), reuse)

    def by_folder(folder: Path, *, replace: Mapping[str, str] | None = None) -> type[Environment]:
        tier = tier_for(folder, sandbox)
        return (load if tier is None else _confining(tier, reuse))(folder, replace=replace)

    return by_folder


def tier_for(folder: Path, sandbox: str | None) -> str | None:
    """The walls around a folder's code, by the rule above; None when it runs in this process."""
    from envfactory.environment.library import BUILT_IN

    reviewed = folder.resolve().is_relative_to(BUILT_IN.resolve())
    tier = sandbox or ("none" if reviewed else DEFAULT)
    return None if tier == "none" else tier


@cache
def _confining(tier: str, reuse: bool) -> Loader:
    """One set of workers for all environments of a command; they end with it."""
    from envfactory.environment.confined import confining
    from envfactory.environment.pool import Pool

    pool = Pool(tier)
    pool.__enter__()
    atexit.register(pool.close)
    return confining(pool, reuse=reuse)


def endpoint_of(model: str) -> Any:
    """The model of a name, where the settings or the environment say it is served; raises as `model_named` does."""
    from envfactory.models.load import model_named
    from envfactory.settings import read_settings

    return model_named(model, read_settings().models)


def verified(
    names: list[str] | None,
    extra: list[Path] | None,
    *,
    unverified: bool = False,
    sandbox: str | None = None,
    reuse: bool = False,
) -> dict[str, Any]:
    """The classes of the environments named, or of all; raises Unverified for one whose certificate does not hold.

    `sandbox` and `reuse`: see `loader`.
    """
    from envfactory.environment.library import find, folders, require_verified, status

    paths = {Path(n).name: find(n, extra or ()) for n in names} if names else folders(extra or ())
    if not unverified and names:
        for path in paths.values():
            require_verified(path)
    kept = {name: path for name, path in paths.items() if unverified or status(path) == "verified"}
    if not kept:
        raise EnvFactoryError("no verified environment was found; run: envfactory check --all")
    load = loader(sandbox, reuse=reuse)
    return {name: load(path) for name, path in sorted(kept.items())}


def classes_for(tasks: list[Any], library: list[Path] | None, sandbox: str | None = None) -> dict[str, Any]:
    """The environments that tasks are played in; raises EnvFactoryError when one has changed since they were made."""
    from envfactory.environment.library import content_hash

    wanted = sorted({setting.environment for task in tasks for setting in (*task.settings, *task.others)})
    classes = verified(wanted, library, unverified=True, sandbox=sandbox)
    held = {name: content_hash(cls.folder) for name, cls in classes.items() if cls.folder}
    for task in tasks:
        for setting in (*task.settings, *task.others):
            if setting.hash != held.get(setting.environment, setting.hash):
                raise EnvFactoryError(
                    f"{setting.environment} has changed since the tasks were made; make them again: envfactory generate"
                )
    return classes


def read(path: Path) -> list[Any]:
    """The tasks of a file; raises FileError and, when there are none, EnvFactoryError."""
    from envfactory.rollout.task import read_tasks

    tasks = list(read_tasks(path))
    if not tasks:
        raise EnvFactoryError(f"{path} holds no tasks; make some: envfactory generate --output {path}")
    return tasks
