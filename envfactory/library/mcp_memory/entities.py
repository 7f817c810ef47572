"""Ids, rows and pages of Knowledge graph memory: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from envfactory.environment.tool import Key

EntityName = Annotated[str, Key("entity", "What it is called.")]
ObservationContent = Annotated[str, Key("observation", "One fact.")]
RelationFrom = Annotated[str, Key("relation", "The name of the entity that it starts at.")]


class EntityEntities(TypedDict):
    """Entities of one entry, as a caller gives it."""

    name: Annotated[str, Field(description="What it is called; entries of other tools are found by exactly this name.")]
    entityType: Annotated[str, Field(description="What kind of thing it is, in a word: person, project, place.")]
    observations: Annotated[list[str], Field(description="What is known of it, one fact each; may be empty.")]


class ObservationDeletions(TypedDict):
    """Deletions of one note, as a caller gives it."""

    entityName: Annotated[str, Field(description="The entity that they are about.")]
    observations: Annotated[list[str], Field(description="What to forget, word for word.")]


class Entity(BaseModel):
    """One entry."""

    name: EntityName
    entityType: str = Field(description="What kind of thing it is.")


class Observation(BaseModel):
    """One note."""

    content: ObservationContent
    entityName: str = Field(description="The name of the entity that it is about.")


class Relation(BaseModel):
    """One link."""

    from_: RelationFrom = Field(alias="from")
    to: str = Field(description="The name of the entity that it leads to.")
    relationType: str = Field(description="What the first does to the second.")


class EntityPage(BaseModel):
    """A page of a list, each item one entry."""

    entities: list[Entity]


class RelationPage(BaseModel):
    """A page of a list, each item one link."""

    relations: list[Relation]
