"""`envfactory doctor`: what this machine offers for running generated code, and the walls that hold here."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from envfactory.cli.options import Json
from envfactory.cli.output import emit, say, table
from envfactory.errors import NoSandbox


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(doctor)


def doctor(
    sandbox: Annotated[
        str,
        typer.Option(help="The walls to try: sealed, landlock, bubblewrap, container[:IMAGE] or none.", metavar="TIER"),
    ] = "sealed",
    json_: Json = False,
) -> int:
    """Say which walls stand around generated code on this machine, after trying to get through them."""
    from envfactory.environment.pool import Pool
    from envfactory.environment.tiers import offered, tier_of

    wanted = tier_of(sandbox)
    found = offered() | offered(asked=wanted)
    proof: dict[str, str] = {}
    refusal = ""
    start = time.perf_counter()
    try:
        with Pool(sandbox) as pool:
            proof = pool.proof
    except NoSandbox as error:
        refusal = str(error)
    seconds = round(time.perf_counter() - start, 2)
    tier = None if refusal else str(wanted)
    if json_:
        python = sys.version.split()[0]
        document = {"python": python, "mechanisms": found, "configured": str(wanted), "tier": tier, "proof": proof}
        emit({**document, "refusal": refusal, "start_seconds": seconds})
        return 0 if tier else 1
    table("mechanisms", ("mechanism", "here"), list(found.items()))
    if proof:
        table(f"tried behind the walls of {wanted}", ("attempt", "came to"), list(proof.items()))
    say(f"sandbox: {tier} ({seconds} s to start)" if tier else f"sandbox: none in force; {refusal}")
    return 0 if tier else 1
