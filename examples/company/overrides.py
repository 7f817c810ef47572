"""What the description does not say."""

from __future__ import annotations

from envfactory.environment.environment import Environment
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .entities import Permit, PermitId


class Overrides(Environment):
    """What the description does not say."""

    @tool(writes=True)
    def revoke_permit(self, permitId: PermitId) -> Permit:
        """Revoke a permit for good."""
        row = self.need("permits", "permit", id=permitId)
        if row["status"] == "revoked":
            raise ToolError("the permit is revoked already")
        self.db.update("permits", {"status": "revoked"}, id=permitId)
        return Permit.model_validate(row | {"status": "revoked"})
