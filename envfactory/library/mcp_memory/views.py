"""What callers give and what they are shown, in the server's own shapes."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from .entities import EntityEntities, EntityName, RelationFrom


class AddedContents(TypedDict):
    """Observations to add to one entity."""

    entityName: Annotated[EntityName, Field(description="The entity that they are about.")]
    contents: Annotated[list[str], Field(description="What to add, one fact each.")]


GivenRelation = TypedDict(
    "GivenRelation",
    {
        "from": Annotated[RelationFrom, Field(description="The name of the entity that the relation starts at.")],
        "to": Annotated[str, Field(description="The name of the entity that it leads to.")],
        "relationType": Annotated[str, Field(description="What the first does to the second, in the active voice.")],
    },
)
"""A relation as a caller gives it."""

ShownRelation = TypedDict("ShownRelation", {"from": RelationFrom, "to": str, "relationType": str})
"""A relation as it is remembered."""

Names = Annotated[list[EntityName], Field(description="The names of the entities.")]
NewEntities = Annotated[list[EntityEntities], Field(description="The entities to remember.")]
GivenRelations = Annotated[list[GivenRelation], Field(description="The relations, each by both ends and its type.")]
Query = Annotated[str, Field(description="The text to look for; an empty one is in everything.")]


class ShownEntity(BaseModel):
    """An entity with what is known of it."""

    name: EntityName
    entityType: str
    observations: list[str]


class Graph(BaseModel):
    """Entities and relations, each in the order in which they were remembered."""

    entities: list[ShownEntity]
    relations: list[ShownRelation]


class MadeEntities(BaseModel):
    """The entities that a call made."""

    entities: list[ShownEntity]


class MadeRelations(BaseModel):
    """The relations that a call made."""

    relations: list[ShownRelation]


class Added(BaseModel):
    """What one entity got."""

    entityName: EntityName
    addedObservations: list[str]


class AddedObservations(BaseModel):
    """What each entity got, in the order of the call."""

    results: list[Added]


class Done(BaseModel):
    """That a call succeeded."""

    success: bool
    message: str
