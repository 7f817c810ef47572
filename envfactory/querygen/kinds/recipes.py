"""The recipes there are, one for each kind."""

from __future__ import annotations

from collections.abc import Mapping

from envfactory.querygen.kinds.distractors import Distractors
from envfactory.querygen.kinds.draft import Recipe
from envfactory.querygen.kinds.faults import Faults
from envfactory.querygen.kinds.forbidden import Forbidden
from envfactory.querygen.kinds.irrelevant import Irrelevant
from envfactory.querygen.kinds.long_context import LongContext
from envfactory.querygen.kinds.missing_function import MissingFunction
from envfactory.querygen.kinds.missing_parameter import MissingParameter
from envfactory.querygen.kinds.parallel import Parallel
from envfactory.querygen.kinds.references import References
from envfactory.querygen.kinds.user_action import UserAction
from envfactory.rollout.task import Kind

_ALL = (
    Recipe(), References(), MissingParameter(), MissingFunction(), Irrelevant(), Forbidden(), Distractors(), Parallel(),
    Faults(), LongContext(), UserAction(),
)  # fmt: skip
RECIPES: Mapping[Kind, Recipe] = {recipe.kind: recipe for recipe in _ALL}
