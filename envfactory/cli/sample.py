"""`envfactory sample`: chains from a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from envfactory.cli.load import verified
from envfactory.cli.options import Extra, Json, Seed, Walls
from envfactory.cli.output import emit, note, say, table, write_text
from envfactory.errors import EnvFactoryError, UnknownName

if TYPE_CHECKING:
    from envfactory.graph.chain import Chain
    from envfactory.graph.spread import Spread

_BASELINES = ("random-walk", "published")
_SHARED = {"steps": "length", "turns": "turns", "spanning": "environments"}


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(sample)


def sample(
    graph: Annotated[Path, typer.Argument(help="A graph as `envfactory graph` wrote it.")] = Path("out/graph.json"),
    count: Annotated[int, typer.Option("-n", "--limit", help="How many chains.", min=1)] = 20,
    baseline: Annotated[
        str | None, typer.Option(metavar="NAME", help="Draw as others do: random-walk or published.")
    ] = None,
    steps: Annotated[tuple[int, int], typer.Option(help="Fewest and most calls.")] = (1, 6),
    turns: Annotated[tuple[int, int], typer.Option(help="Fewest and most turns.")] = (1, 3),
    spanning: Annotated[
        tuple[int, int] | None,
        typer.Option(help="Fewest and most environments; not given: --shares spanning=1:0.6,2:0.3,3:0.1."),
    ] = None,
    shares: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT=N:SHARE,…",
            help="How often each number of steps, turns or spanning comes, in place of bounds: spanning=1:0.6,2:0.4",
        ),
    ] = None,
    deep: Annotated[float, typer.Option(help="Share of chains with three or more dependent steps, at least.")] = 0.4,
    parallel: Annotated[float, typer.Option(help="Share with two or more calls at once, at least.")] = 0.25,
    novel: Annotated[bool, typer.Option(help="Draw no chain twice while there are others.")] = True,
    about: Annotated[list[str] | None, typer.Option(metavar="TOOL", help="Only chains that call one of these.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="Draw the distribution, beside both baselines', as one HTML page.")
    ] = None,
    library: Extra = None,
    sandbox: Walls = None,
    seed: Seed = 0,
    json_: Json = False,
) -> int:
    """Draw tool chains from a graph; every one is held against an independent validator."""
    from envfactory.graph.graph import read_graph
    from envfactory.graph.published import published
    from envfactory.graph.sample import DEEP, SPREAD, random_walk
    from envfactory.graph.sample import sample as draw_chains
    from envfactory.graph.spread import spread

    if baseline is not None and baseline not in _BASELINES:
        raise UnknownName("baseline", baseline, _BASELINES)
    limits: dict[str, Any] = {"length": steps, "turns": turns, "environments": spanning or (min(SPREAD), max(SPREAD))}
    wishes: dict[str, Any] = limits | {"environments": spanning or SPREAD} | dict(map(_shares, shares or ()))
    read = read_graph(graph)
    classes = verified(list(read.environments), library, unverified=True, sandbox=sandbox, reuse=True)

    def ours() -> Iterable[Chain]:
        return draw_chains(
            read, classes, count=count, seed=seed, deep=deep, parallel=parallel, novel=novel, about=about or (),
            **wishes,
        )  # fmt: skip

    draws: dict[str, Callable[[], Iterable[Chain]]] = {
        "ours": ours,
        "published": lambda: published(read, classes, count=count, seed=seed, **limits),
        "random-walk": lambda: random_walk(read, classes, count=count, seed=seed, **limits),
    }
    chains = list(draws[baseline or "ours"]())
    found = spread(chains, read)
    if report is not None:
        spreads = {
            name: found if name == (baseline or "ours") else spread(draw(), read) for name, draw in draws.items()
        }
        _draw(report, spreads)
    document = _figures(found)
    if json_:
        emit(document | {"drawn": [[[chain.tools[p] for p in turn] for turn in chain.turns] for chain in chains]})
    else:
        rows = [
            (n, c.depth, c.width, " | ".join(" > ".join(c.tools[p] for p in turn) for turn in c.turns))
            for n, c in enumerate(chains)
        ]
        table("chains (turns apart by |)", ("", "depth", "width", "tools"), rows)
        say(
            f"{found.chains} chains: {found.valid:.1%} valid, {found.novel:.1%} new, "
            f"{found.depth3:.1%} of depth {DEEP} or more, {found.width2:.1%} with calls that could be made at once"
        )
    return 0


def _figures(found: Spread) -> dict[str, Any]:
    covered = found.covered
    return {
        "chains": found.chains,
        "valid": round(found.valid, 4),
        "novel": round(found.novel, 4),
        "depth3": round(found.depth3, 4),
        "width2": round(found.width2, 4),
        "tools": found.tools,
        "edges": found.edges,
        "environments": {str(n): count for n, count in found.environments.items()},
        "steps": {str(n): count for n, count in found.steps.items()},
        "turns": {str(n): count for n, count in found.turns.items()},
        "coverage": {"tools": covered.valid_tools, "edges": covered.valid_edges},
    }


def _draw(report: Path, spreads: dict[str, Spread]) -> None:
    from envfactory.graph.chart import page

    total = next(iter(spreads.values())).chains
    about = (
        "Ours against two baselines on the same graph: the sampler of arXiv:2605.18703 as described, and a random "
        "walk. Coverage counts what valid chains call, of all that chains can reach."
    )
    write_text(report, page(spreads, title=f"{total:,} chains from the tool graph", about=about))
    note(f"drawn: {report}")


def _shares(text: str) -> tuple[str, dict[int, float]]:
    """`spanning=1:0.6,2:0.4` as the sampler takes it; raises EnvFactoryError for anything else."""
    what, _, rest = text.partition("=")
    if what not in _SHARED:
        raise UnknownName("figure", what, list(_SHARED), cure="write --shares spanning=1:0.6,2:0.4")
    try:
        parts = [part.split(":") for part in rest.split(",")]
        return _SHARED[what], {int(number): float(share) for number, share in parts}
    except ValueError as error:
        raise EnvFactoryError(f"{text!r} are no shares; write them as {what}=1:0.6,2:0.4") from error
