"""DigitalOcean: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from envfactory.environment.tool import tool

from .entities import (
    DomainName,
    DomainPage,
    DomainRecordPage,
    DomainRecordType,
    FirewallPage,
    SnapshotId,
    SnapshotPage,
    SnapshotResourceType,
    VolumePage,
)
from .overrides import Overrides


class Digitalocean(Overrides):
    """The servers of a small studio and its clients: droplets and what can be done to them, domains and DNS records,
    volumes, firewalls and snapshots.
    """

    @tool()
    def domains_list(
        self,
        page: Annotated[int, Field(ge=1, description="Which page, from 1.")] = 1,
        per_page: Annotated[int, Field(ge=1, le=200, description="How many a page holds.")] = 20,
    ) -> DomainPage:
        """List domains by name."""
        rows = self.db.rows("SELECT * FROM domains ORDER BY seq, name")
        start = (page - 1) * per_page
        rows = rows[start : start + per_page]
        return DomainPage.model_validate({"domains": rows})

    @tool()
    def domains_list_records(
        self,
        domain_name: DomainName,
        type: Annotated[DomainRecordType | None, Field(description="Only records of this type.")] = None,
        page: Annotated[int, Field(ge=1, description="Which page, from 1.")] = 1,
        per_page: Annotated[int, Field(ge=1, le=200, description="How many a page holds.")] = 20,
    ) -> DomainRecordPage:
        """List the DNS records of a domain, the oldest first."""
        self.need("domains", "domain", name=domain_name)
        rows = self.db.rows(
            """
            SELECT * FROM domain_records
            WHERE domain_name = :domain_name
              AND (:type IS NULL OR type = :type)
            ORDER BY id, domain_name
            """,
            {"domain_name": domain_name, "type": type},
        )
        start = (page - 1) * per_page
        rows = rows[start : start + per_page]
        return DomainRecordPage.model_validate({"domain_records": rows})

    @tool()
    def volumes_list(
        self,
        name: Annotated[str | None, Field(description="Only volumes called exactly so.")] = None,
        region: Annotated[str | None, Field(description="Only volumes in this region.")] = None,
        page: Annotated[int, Field(ge=1, description="Which page, from 1.")] = 1,
        per_page: Annotated[int, Field(ge=1, le=200, description="How many a page holds.")] = 20,
    ) -> VolumePage:
        """List volumes, the oldest first."""
        rows = self.db.rows(
            """
            SELECT * FROM volumes
            WHERE (:name IS NULL OR name = :name)
              AND (:region IS NULL OR region = :region)
            ORDER BY seq, id
            """,
            {"name": name, "region": region},
        )
        start = (page - 1) * per_page
        rows = rows[start : start + per_page]
        return VolumePage.model_validate({"volumes": rows})

    @tool()
    def firewalls_list(
        self,
        page: Annotated[int, Field(ge=1, description="Which page, from 1.")] = 1,
        per_page: Annotated[int, Field(ge=1, le=200, description="How many a page holds.")] = 20,
    ) -> FirewallPage:
        """List firewalls with the droplets they protect, the oldest first."""
        rows = self.db.rows("SELECT * FROM firewalls ORDER BY seq, id")
        start = (page - 1) * per_page
        rows = rows[start : start + per_page]
        return FirewallPage.model_validate({"firewalls": rows})

    @tool()
    def snapshots_list(
        self,
        resource_type: Annotated[
            SnapshotResourceType | None,
            Field(description="Only snapshots of droplets, or of volumes."),
        ] = None,
        page: Annotated[int, Field(ge=1, description="Which page, from 1.")] = 1,
        per_page: Annotated[int, Field(ge=1, le=200, description="How many a page holds.")] = 20,
    ) -> SnapshotPage:
        """List snapshots of droplets and volumes, the oldest first."""
        rows = self.db.rows(
            """
            SELECT * FROM snapshots
            WHERE (:resource_type IS NULL OR resource_type = :resource_type)
            ORDER BY seq, id
            """,
            {"resource_type": resource_type},
        )
        start = (page - 1) * per_page
        rows = rows[start : start + per_page]
        return SnapshotPage.model_validate({"snapshots": rows})

    @tool(writes=True)
    def snapshots_delete(self, snapshot_id: SnapshotId) -> None:
        """Delete a snapshot for good."""
        self.need("snapshots", "snapshot", id=snapshot_id)
        self.db.delete("snapshots", id=snapshot_id)
