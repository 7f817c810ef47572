"""The recipes there are, one for each kind."""

from __future__ import annotations

from collections.abc import Mapping

from envfactory.querygen.kinds.draft import Recipe
from envfactory.rollout.task import Kind

RECIPES: Mapping[Kind, Recipe] = {recipe.kind: recipe for recipe in (Recipe(),)}
