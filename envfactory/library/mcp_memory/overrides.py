"""All of it: each call takes several rows, and the rows have no ids but their names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated

from pydantic import Field

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .entities import ObservationDeletions
from .views import (
    Added,
    AddedContents,
    AddedObservations,
    Done,
    GivenRelations,
    Graph,
    MadeEntities,
    MadeRelations,
    Names,
    NewEntities,
    Query,
)


class Overrides(Environment):
    """Tools written by hand."""

    # Remembering -----------------------------------------------------------------------------------------------------

    @tool(writes=True)
    def create_entities(self, entities: NewEntities) -> MadeEntities:
        """Remember new entities, each with a type and observations. Those whose name is known already are left out; the
        answer holds those that were made."""
        known = {row["name"] for row in self.db.find("entities")}
        made = [entity for entity in entities if entity["name"] not in known]
        for entity in made:
            name = entity["name"]
            copy = len(self.db.find("entities", name=name))
            seq = self.db.next_number("entities", "seq")
            self.db.insert("entities", {"name": name, "copy": copy, "entityType": entity["entityType"], "seq": seq})
            self._observe(name, copy, entity["observations"])
        return MadeEntities.model_validate({"entities": made})

    @tool(writes=True)
    def create_relations(self, relations: GivenRelations) -> MadeRelations:
        """Remember relations between entities, in the active voice. Those that are known already are left out; the
        answer holds those that were made."""
        made = [relation for relation in relations if self.db.get("relations", **_only_relation(relation)) is None]
        for relation in made:
            seq = self.db.next_number("relations", "seq")
            self.db.insert("relations", {**_only_relation(relation), "seq": seq})
        return MadeRelations.model_validate({"relations": made})

    @tool(writes=True)
    def add_observations(
        self, observations: Annotated[list[AddedContents], Field(description="What to add to which entity.")]
    ) -> AddedObservations:
        """Add observations to entities that are remembered. What an entity has already is left out; the answer tells
        what was added. Nothing is added when one of the entities is unknown."""
        results: list[Added] = []
        for addition in observations:
            name = addition["entityName"]
            if self.db.get("entities", name=name) is None:
                raise ToolError(f"there is no entity {name!r}", code="not_found")
            known = {row["content"] for row in self.db.find("observations", entityName=name, copy=0)}
            new = [content for content in addition["contents"] if content not in known]
            self._observe(name, 0, new)
            results.append(Added(entityName=name, addedObservations=new))
        return AddedObservations(results=results)

    # Forgetting ------------------------------------------------------------------------------------------------------

    @tool(writes=True)
    def delete_entities(self, entityNames: Names) -> Done:
        """Forget entities with their observations and every relation that starts at or leads to them. Names that are
        not known are passed over."""
        for name in entityNames:
            self.db.delete("entities", name=name)
            self.db.delete("observations", entityName=name)
            self.db.delete("relations", **{"from": name})
            self.db.delete("relations", to=name)
        return _done("Entities")

    @tool(writes=True)
    def delete_observations(
        self, deletions: Annotated[list[ObservationDeletions], Field(description="What to forget of which entity.")]
    ) -> Done:
        """Forget observations of entities, given word for word. Entities and observations that are not known are passed
        over."""
        for deletion in deletions:
            for content in deletion["observations"]:
                self.db.delete("observations", entityName=deletion["entityName"], copy=0, content=content)
        return _done("Observations")

    @tool(writes=True)
    def delete_relations(self, relations: GivenRelations) -> Done:
        """Forget relations, each given by both ends and its type. Those that are not known are passed over."""
        for relation in relations:
            self.db.delete("relations", **_only_relation(relation))
        return _done("Relations")

    # Reading ---------------------------------------------------------------------------------------------------------

    @tool()
    def read_graph(self) -> Graph:
        """Read all that is remembered: every entity with its observations, and every relation."""
        return Graph.model_validate({"entities": self._entities(), "relations": self._relations()})

    @tool()
    def search_nodes(self, query: Query) -> Graph:
        """Find entities by text in their name, type or observations, in capitals or not; with every relation that
        starts at or leads to one of them."""
        # Here and not in SQL, whose lower() knows only the letters of ASCII.
        wanted = query.lower()
        return self._around([entity for entity in self._entities() if _mentions(entity, wanted)])

    @tool()
    def open_nodes(self, names: Names) -> Graph:
        """Open entities by their exact names, with every relation that starts at or leads to one of them. Names that
        are not known are passed over."""
        return self._around([entity for entity in self._entities() if entity["name"] in names])

    # What they share -------------------------------------------------------------------------------------------------

    def _observe(self, name: str, copy: int, contents: Sequence[str]) -> None:
        """Put observations behind those that an entity has."""
        for content in contents:
            seq = self.db.next_number("observations", "seq")
            self.db.insert("observations", {"content": content, "entityName": name, "copy": copy, "seq": seq})

    def _entities(self) -> list[Row]:
        """Every entity with its observations."""
        known: dict[tuple[str, int], list[str]] = {}
        for row in self.db.rows("SELECT * FROM observations ORDER BY seq"):
            known.setdefault((row["entityName"], row["copy"]), []).append(row["content"])
        rows = self.db.rows("SELECT * FROM entities ORDER BY seq")
        return [row | {"observations": known.get((row["name"], row["copy"]), [])} for row in rows]

    def _relations(self) -> list[Row]:
        return [_only_relation(row) for row in self.db.rows("SELECT * FROM relations ORDER BY seq")]

    def _around(self, entities: Collection[Row]) -> Graph:
        """Entities with the relations that touch at least one of them."""
        names = {entity["name"] for entity in entities}
        touching = [row for row in self._relations() if row["from"] in names or row["to"] in names]
        return Graph.model_validate({"entities": entities, "relations": touching})


def _only_relation(relation: Mapping[str, object]) -> Row:
    """The ends and the type of a relation, which tell it apart."""
    return {name: relation[name] for name in ("from", "to", "relationType")}


def _mentions(entity: Row, wanted: str) -> bool:
    """Whether a text in small letters is in an entity's name, type or observations."""
    texts = [entity["name"], entity["entityType"], *entity["observations"]]
    return any(wanted in text.lower() for text in texts)


def _done(what: str) -> Done:
    return Done(success=True, message=f"{what} deleted successfully")
