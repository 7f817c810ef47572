"""The library as Markdown: a table of all environments, and a page each with its tools."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- begin: envfactory list --pages docs -->", "<!-- end -->"
"""Between these, a page is written anew; what stands around them is people's."""

_OPEN = ("apache", "mit", "bsd", "cc0", "cc-by", "isc", "public domain", "unlicense", "mpl")
_UNSTATED = ("", "not stated", "unknown", "none")


def licence_class(licences: Sequence[str]) -> str:
    """`A` where every source has an explicit open licence, `B` where one states none, `C` where one restricts its use:
    the classes of SOURCES.md."""
    told = [text.lower().strip() for text in licences]
    if all(text.startswith(_OPEN) for text in told):
        return "A"
    return "B" if all(text.startswith(_OPEN) or text in _UNSTATED for text in told) else "C"


def overview_page(reports: Sequence[dict[str, Any]]) -> str:
    """The table of all environments, and how near each is to a benchmark."""
    lines = [
        "| environment | domain | tools | writers | by hand | things | rows | tests | mutation | licence | near |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|---|---|",
    ]
    for r in sorted(reports, key=lambda r: (r["domain"], r["name"])):
        near = ", ".join(f"`{group}`" for group in r["near_benchmark"])
        lines.append(
            f"| [{r['name']}](library/{r['name']}.md) | {r['domain']} | {r['tools']} | {r['writers']} | {r['by_hand']} "
            f"| {r['entities']} | {r['rows']} | {r['tests']} | {r['mutation_score']:.3f} | {r['licence']} | {near} |"
        )
    total = {key: sum(r[key] for r in reports) for key in ("tools", "writers", "by_hand", "entities", "rows", "tests")}
    domains = len({r["domain"] for r in reports})
    sums = " | ".join(str(figure) for figure in total.values())
    lines.append(f"| **{len(reports)} environments** | {domains} domains | {sums} | | | |")
    return "\n".join(lines)


def environment_page(report: dict[str, Any], cls: Any) -> str:
    """One environment: where it comes from, its tools, its rules, its worlds, and what was left out."""
    spec = cls.spec
    lines = [
        f"# {spec.title}: `{spec.name}`",
        "",
        "<!-- written by `envfactory list --pages docs` -->",
        "",
        spec.description,
        "",
        f"Domain {spec.domain}; {report['tools']} tools, {report['writers']} of them writing; {report['tests']} stored "
        f"tests, mutation score {report['mutation_score']:.3f}; licence class {report['licence']}.",
        "",
    ]
    for source in spec.sources:
        told = [source.package, source.version, source.file, source.url]
        lines.append(f"- Made from {source.title}: {', '.join(t for t in told if t)}. Licence: {source.licence}.")
    if report["near_benchmark"]:
        lines.append(
            f"- Near {', '.join(f'`{g}`' for g in report['near_benchmark'])}: leave it out where that is the test."
        )
    lines += ["", "## Tools", "", "| tool | writes | what it does |", "|---|---|---|"]
    for tool in spec.tools:
        said = " ".join(cls.tools[tool.name].description.split("\n\n")[0].split())
        lines.append(f"| `{tool.name}` | {'yes' if tool.writes else ''} | {_cell(said)} |")
    lines += ["", "## Things", "", "| thing | table | what it holds |", "|---|---|---|"]
    for entity in spec.entities:
        held = ", ".join(f"`{a.name}`" for a in entity.attributes if not a.internal)
        lines.append(f"| {_cell((entity.words or (entity.name.replace('_', ' '),))[0])} | `{entity.table}` | {held} |")
    if spec.rules:
        lines += ["", "## Rules", "", *(f"- {rule.text}" for rule in spec.rules)]
    lines += ["", "## Worlds", "", "| state | rows | what it is for |", "|---|--:|---|"]
    for name, state in sorted(cls.states.items()):
        lines.append(f"| `{name}` | {sum(map(len, state.rows.values()))} | {_cell(state.note)} |")
    if spec.omitted:
        lines += ["", "## Left out", "", *(f"- `{o.what}`: {o.why}" for o in spec.omitted)]
    return "\n".join(lines) + "\n"


def written_into(page: str, table: str) -> str:
    """`page` with the part between the marks replaced; at its end when it has no marks."""
    before, mark, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not mark:
        return f"{page.rstrip()}\n\n{BEGIN}\n{table}\n{END}\n".lstrip()
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def pages(folder: Path, reports: Sequence[dict[str, Any]], classes: dict[str, Any]) -> dict[Path, str]:
    """The text of every page, by its path: `library.md` in `folder`, and one for each environment below."""
    overview = folder / "library.md"
    held = overview.read_text(encoding="utf-8") if overview.exists() else "# The library of environments\n"
    texts = {overview: written_into(held, overview_page(reports))}
    for report in reports:
        texts[folder / "library" / f"{report['name']}.md"] = environment_page(report, classes[report["name"]])
    return texts


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
