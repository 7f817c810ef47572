"""`envfactory bench`: measure the budgets of docs/performance.md on this machine, medians of many runs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Collection
from typing import Annotated, Any, Literal

import typer

from envfactory.cli.options import Json
from envfactory.cli.output import emit, note, table
from envfactory.errors import UnknownName

_DDL = """
CREATE TABLE shelf (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE book (
  id TEXT NOT NULL PRIMARY KEY, shelf_id TEXT NOT NULL REFERENCES shelf (id), title TEXT NOT NULL,
  pages INTEGER NOT NULL, note TEXT
) STRICT, WITHOUT ROWID;
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(bench)


def bench(
    words: Annotated[list[str] | None, typer.Argument(help="Measure figures whose name contains this.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="The same, as an option.")] = None,
    json_: Json = False,
) -> int:
    """Measure the budgets of docs/performance.md on this machine."""
    measured = figures([*(words or ()), *(only or ())], (lambda _: None) if json_ else note)
    if json_:
        emit({"figures": measured})
    else:
        rows = [(f["name"], f"{f['value']:,.1f}", f["unit"], f["budget"], "yes" if f["ok"] else "NO") for f in measured]
        table("figures (medians)", ("figure", "value", "unit", "budget", "within"), rows)
    return 0 if all(f["ok"] for f in measured) else 1


Measure = Callable[[], float]


def figures(only: Collection[str], progress: Callable[[str], None]) -> list[dict[str, Any]]:
    """Each figure: name, value, unit, budget, and whether it is within; raises UnknownName when `only` fits none."""
    from envfactory.cli import bench_worker

    plan = [*_store(), *_session(), *bench_worker.items(), *_factory(), *_command()]
    chosen = [item for item in plan if not only or any(word in item[0] for word in only)]
    if not chosen:
        raise UnknownName("figure", ", ".join(only), [item[0] for item in plan])
    found: list[dict[str, Any]] = []
    for name, unit, side, budget, measure in chosen:
        progress(f"measuring {name}")
        value = measure()
        ok = value <= budget if side == "at most" else value >= budget
        found.append({"name": name, "value": round(value, 3), "unit": unit, "budget": f"{side} {budget:g}", "ok": ok})
    return found


Item = tuple[str, str, Literal["at most", "at least"], float, Measure]


def micro(work: Callable[[], object], *, runs: int = 400) -> float:
    """Median microseconds of one run."""
    times: list[float] = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


def rate(work: Callable[[], int], *, seconds: float = 2.0) -> float:
    """Things a second: `work` does some and says how many."""
    done = 0
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        done += work()
    return done / (time.perf_counter() - start)


def _image(rows: int) -> Any:
    from envfactory.environment.schema import Schema
    from envfactory.environment.store import Image

    books = [
        {"id": f"b{n}", "shelf_id": f"s{n % 10}", "title": f"Title {n}", "pages": n, "note": "x" * 40}
        for n in range(rows)
    ]
    return Image.load(
        Schema.parse(_DDL), {"shelf": [{"id": f"s{n}", "name": f"Shelf {n}"} for n in range(10)], "book": books}
    )


def _store() -> list[Item]:
    from envfactory.environment.entropy import Entropy, EntropyState
    from envfactory.environment.environment import DEFAULT_NOW
    from envfactory.environment.store import Store

    def opened(rows: int) -> Store:
        return Store(_image(rows), Entropy(EntropyState(seed="0", now=DEFAULT_NOW)))

    def changed(rows: int) -> Store:
        store = opened(rows)
        with store.transaction():
            store.update("book", {"pages": 1}, id="b3")
            store.insert("book", {"id": "new", "shelf_id": "s1", "title": "New", "pages": 2})
            store.delete("book", id="b5")
        return store

    def reset() -> float:
        store = opened(200)
        return micro(lambda: Store(store.base, store.entropy).close())

    return [
        ("reset, 200 rows", "us", "at most", 60, reset),
        ("fork, 200 rows", "us", "at most", 60, lambda: _timed(changed(200), lambda s: s.fork().close())),
        ("row changes, 200 rows", "us", "at most", 60, lambda: _timed(changed(200), lambda s: s.changes())),
        ("row changes, 20,000 rows", "us", "at most", 60, lambda: _timed(changed(20_000), lambda s: s.changes())),
    ]


def _timed(subject: Any, work: Callable[[Any], object]) -> float:
    return micro(lambda: work(subject))


def _classes() -> dict[str, Any]:
    from envfactory.cli.load import verified

    return verified(None, None)


def _session() -> list[Item]:
    from envfactory.environment.session import Session, World

    def worlds() -> list[Any]:
        return [World.of(_classes()["google_tasks"], "small")]

    def first_list(session: Session) -> str:
        result: Any = session.call("google_tasks__tasklists_list", {}).result
        return result["items"][0]["id"]

    def read() -> float:
        with Session(worlds()) as session:
            place = {"tasklist": first_list(session)}
            return micro(lambda: session.call("google_tasks__tasklists_get", place))

    def write() -> float:
        with Session(worlds()) as session:
            place = {"tasklist": first_list(session), "title": "Renamed"}
            return micro(lambda: session.call("google_tasks__tasklists_patch", place))

    def episodes() -> float:
        opened = worlds()
        with Session(opened) as session:
            home = first_list(session)

        def one() -> int:
            with Session(opened) as session:
                for number in range(4):
                    session.call("google_tasks__tasklists_get", {"tasklist": home})
                    session.call("google_tasks__tasklists_list", {})
                    session.call("google_tasks__tasklists_patch", {"tasklist": home, "title": f"T{number}"})
                session.changes()
            return 1

        return rate(one)

    def memory() -> float:
        import resource

        opened = worlds()
        Session(opened).close()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        held = [Session(opened) for _ in range(1000)]
        for session in held:
            session.call("google_tasks__tasklists_list", {})
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for session in held:
            session.close()
        return (after - before) / 1000

    return [
        ("tool call that reads", "us", "at most", 150, read),
        ("tool call that writes", "us", "at most", 150, write),
        ("episodes of 12 calls, one core", "a second", "at least", 750, episodes),
        ("memory of a session, of 1,000", "KB", "at most", 250, memory),
    ]


def _factory() -> list[Item]:
    from random import Random

    def link() -> float:
        from envfactory.graph.link import link

        classes = _classes()
        start = time.perf_counter()
        link(classes, confirm=False)
        return time.perf_counter() - start

    def confirmed() -> float:
        from envfactory.graph.link import link

        classes = _classes()
        start = time.perf_counter()
        graph = link(classes)
        return (time.perf_counter() - start) / len(graph.dependencies) * 1000

    def chains() -> float:
        from envfactory.graph.link import link
        from envfactory.graph.sample import sample

        classes = _classes()
        graph = link(classes)
        return rate(lambda: sum(1 for _ in sample(graph, classes, count=2000)))

    def valid() -> float:
        from envfactory.graph.link import link
        from envfactory.graph.sample import sample, validate

        classes = _classes()
        graph = link(classes)
        return 100 * statistics.mean(not validate(c, graph) for c in sample(graph, classes, count=2000))

    def tasks() -> float:
        from envfactory.graph.link import link
        from envfactory.querygen.generate import candidates

        classes = _classes()
        drawn = candidates(classes, link(classes), seed=Random(0).randrange(1000))
        return rate(lambda: next(drawn).task is not None, seconds=5)

    def scores() -> float:
        from envfactory.cli.attempts import attempts
        from envfactory.graph.link import link
        from envfactory.querygen.generate import candidates
        from envfactory.rollout.reward import score

        classes = _classes()
        drawn = (item.task for item in candidates(classes, link(classes)))
        tasks = [task for task, _ in zip((t for t in drawn if t), range(20), strict=False)]
        played = [*zip(tasks, attempts(tasks, "offline:oracle", classes, seed=0, steps=20), strict=True)]
        return rate(lambda: sum(score(task, trajectory).passed for task, trajectory in played))

    return [
        ("graph over the library, linked", "s", "at most", 2, link),
        ("graph over the library, confirmed by execution", "ms an edge", "at most", 2, confirmed),
        ("chains", "a second", "at least", 5000, chains),
        ("chains that are valid", "%", "at least", 100, valid),
        ("certified tasks, one core", "a second", "at least", 20, tasks),
        ("scored trajectories", "a second", "at least", 5000, scores),
    ]


def _command() -> list[Item]:
    import subprocess
    import sys

    def help_() -> float:
        import resource

        times: list[float] = []
        for _ in range(5):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, "-m", "envfactory", "--help"], check=True, capture_output=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        return statistics.median(times) * 1000

    return [("envfactory --help, CPU", "ms", "at most", 150, help_)]
