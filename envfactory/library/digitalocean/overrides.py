"""What no default can know: what a region offers, what a droplet's state allows, what DNS asks for, who holds what."""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import Field

from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .account import Account
from .arguments import (
    About,
    Attached,
    BackedUp,
    Called,
    Data,
    Done,
    Flags,
    Formatted,
    Gigabytes,
    Grows,
    HostName,
    Lasts,
    LeadsTo,
    MadeFrom,
    NewData,
    NewLasts,
    NewName,
    Page,
    PerPage,
    Port,
    Priority,
    Purpose,
    RecordName,
    RecordType,
    SnapshotName,
    Tagged,
    Tags,
    VolumeName,
    Weight,
)
from .entities import (
    Action,
    Domain,
    DomainName,
    DomainRecord,
    DomainRecordId,
    Droplet,
    DropletId,
    DropletPage,
    FirewallId,
    RegionSlug,
    SizeSlug,
    Volume,
    VolumeId,
)
from .names import (
    check_domain,
    check_droplet,
    check_ipv4,
    check_record,
    check_tag,
    check_volume,
    private_address,
    public_address,
)

MOST_PROTECTED = 10
"""Droplets that one firewall takes at most."""
NAME_SERVERS = ("ns1.digitalocean.com.", "ns2.digitalocean.com.", "ns3.digitalocean.com.")
TTL = 1800
"""Seconds that new domains and records may be kept for."""
NEEDS = {"power_on": "off", "power_off": "active", "shutdown": "active", "reboot": "active", "power_cycle": "active"}
"""The status in which a droplet must be for an action."""
LEADS = {"power_on": "active", "power_off": "off", "shutdown": "off"}
"""The status that an action leads to, where it changes it."""


class Overrides(Account):
    """Tools written by hand."""

    # Droplets --------------------------------------------------------------------------------------------------------

    @tool()
    def droplets_list(
        self, tag_name: Tagged = None, name: Called = None, page: Page = 1, per_page: PerPage = 20
    ) -> DropletPage:
        """List droplets, the oldest first. Give a tag or a name to narrow the list, not both."""
        if tag_name is not None and name is not None:
            raise ToolError("give a tag or a name, not both", code="invalid_arguments")
        rows = self.db.rows(
            """
            SELECT * FROM droplets
            WHERE (:tag IS NULL OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = :tag))
              AND (:name IS NULL OR lower(name) = lower(:name))
            ORDER BY id LIMIT :most OFFSET :start
            """,
            {"tag": tag_name, "name": name, "most": per_page, "start": min((page - 1) * per_page, 2**62)},
        )
        return DropletPage.model_validate({"droplets": rows})

    @tool(writes=True)
    def droplets_create(
        self,
        name: HostName,
        region: RegionSlug,
        size: SizeSlug,
        image: MadeFrom,
        backups: BackedUp = False,
        tags: Tags = None,
    ) -> Droplet:
        """Create a droplet and start it. The image is a system's short name or the id of a droplet's snapshot."""
        check_droplet(name)
        for tag in tags or []:
            check_tag(tag)
        place = self.region(region)
        offered = self.size(size, region)
        self.check_image(image, region, offered["disk"])
        if len(self.db.find("droplets")) >= self.db.find("accounts")[0]["droplet_limit"]:
            raise ToolError("the account has as many droplets as it may have", code="limit")
        number = self.next_droplet()
        row: Row = {
            "id": number,
            "name": name,
            "status": "active",
            "locked": False,
            "memory": offered["memory"],
            "vcpus": offered["vcpus"],
            "disk": offered["disk"],
            "size_slug": size,
            "region": region,
            "image": image,
            "backups": backups,
            "tags": list(dict.fromkeys(tags or [])),
            "ip_address": public_address(number),
            "private_ip_address": private_address(number, place["seq"]),
            "created_at": self.timestamp,
        }
        self.db.insert("droplets", row)
        self.acted("create", row)
        return Droplet.model_validate(row)

    @tool(writes=True)
    def droplets_destroy(self, droplet_id: DropletId) -> None:
        """Destroy a droplet for good. Its volumes are detached, firewalls forget it, and its snapshots stay."""
        row = self.droplet(droplet_id)
        for firewall in self.db.find("firewalls"):
            behind: list[int] = json.loads(firewall["droplet_ids"])
            if droplet_id in behind:
                left = [number for number in behind if number != droplet_id]
                self.db.update("firewalls", {"droplet_ids": left}, id=firewall["id"])
        self.db.delete("droplets", id=droplet_id)
        self.acted("destroy", row)

    @tool(writes=True)
    def dropletActions_post(self, droplet_id: DropletId, type: Done) -> Action:
        """Switch a droplet on or off, restart it, or switch its weekly backups on or off."""
        row = self.droplet(droplet_id)
        if type in NEEDS:
            if row["status"] != NEEDS[type]:
                raise ToolError(f"{row['name']} is {row['status']}; {type} needs one that is {NEEDS[type]}")
            self.db.update("droplets", {"status": LEADS.get(type, row["status"])}, id=droplet_id)
        else:
            wanted = type == "enable_backups"
            if bool(row["backups"]) == wanted:
                raise ToolError(f"backups of {row['name']} are {'enabled' if wanted else 'disabled'} already")
            self.db.update("droplets", {"backups": wanted}, id=droplet_id)
        return self.acted(type, row)

    @tool(writes=True)
    def dropletActions_resize(self, droplet_id: DropletId, size: SizeSlug, disk: Grows = False) -> Action:
        """Change the size of a droplet that is off. Its disk grows only when `disk` is true, and can never shrink."""
        row = self.droplet(droplet_id)
        offered = self.size(size, row["region"])
        if row["status"] != "off":
            raise ToolError(f"{row['name']} must be off to be resized")
        if size == row["size_slug"]:
            raise ToolError(f"{row['name']} is of the size {size} already")
        if offered["disk"] < row["disk"]:
            raise ToolError(f"a disk cannot shrink: {row['name']} has {row['disk']} GB, {size} only {offered['disk']}")
        grown = offered["disk"] if disk else row["disk"]
        changes: Row = {"size_slug": size, "memory": offered["memory"], "vcpus": offered["vcpus"], "disk": grown}
        self.db.update("droplets", changes, id=droplet_id)
        return self.acted("resize", row)

    @tool(writes=True)
    def dropletActions_snapshot(self, droplet_id: DropletId, name: SnapshotName) -> Action:
        """Take a snapshot of a droplet's disk."""
        row = self.droplet(droplet_id)
        if not name:
            raise ToolError("a snapshot needs a name", code="invalid_arguments")
        action = self.acted("snapshot", row)
        snapshot: Row = {
            "id": str(action.id),
            "name": name,
            "resource_id": str(droplet_id),
            "resource_type": "droplet",
            "regions": [row["region"]],
            "min_disk_size": row["disk"],
            "size_gigabytes": row["disk"] / 10,
            "created_at": self.timestamp,
            "seq": self.db.next_number("snapshots", "seq"),
        }
        self.db.insert("snapshots", snapshot)
        return action

    # Domains ---------------------------------------------------------------------------------------------------------

    @tool(writes=True)
    def domains_create(self, name: DomainName, ip_address: LeadsTo = None) -> Domain:
        """Add a domain, with records for its name servers and, if an address is given, one for itself."""
        check_domain(name)
        if self.db.rows("SELECT 1 FROM domains WHERE lower(name) = lower(?)", [name]):
            raise ToolError(f"the domain {name!r} has been added before", code="conflict")
        if ip_address is not None:
            check_ipv4(ip_address)
        row: Row = {"name": name, "ttl": TTL, "seq": self.db.next_number("domains", "seq")}
        self.db.insert("domains", row)
        first: list[Row] = [{"type": "NS", "data": server} for server in NAME_SERVERS]
        first += [] if ip_address is None else [{"type": "A", "data": ip_address}]
        for record in first:
            self.add_record({"domain_name": name, "name": "@", "ttl": TTL, **record})
        return Domain.model_validate(row)

    @tool(writes=True)
    def domains_create_record(
        self,
        domain_name: DomainName,
        type: RecordType,
        name: RecordName,
        data: Data,
        priority: Priority = None,
        port: Port = None,
        ttl: Lasts = TTL,
        weight: Weight = None,
        flags: Flags = None,
        tag: About = None,
    ) -> DomainRecord:
        """Add a DNS record to a domain. What `data` must be, and what else is needed, depends on the type."""
        self.need("domains", "domain", name=domain_name)
        record: Row = {
            "domain_name": domain_name,
            "type": type,
            "name": name,
            "data": data,
            "priority": priority,
            "port": port,
            "ttl": ttl,
            "weight": weight,
            "flags": flags,
            "tag": tag,
        }
        check_record(record)
        self.check_alone(record)
        return DomainRecord.model_validate(self.add_record(record))

    @tool(writes=True)
    def domains_patch_record(
        self,
        domain_name: DomainName,
        domain_record_id: DomainRecordId,
        name: NewName = None,
        data: NewData = None,
        priority: Priority = None,
        port: Port = None,
        ttl: NewLasts = None,
        weight: Weight = None,
        flags: Flags = None,
        tag: About = None,
    ) -> DomainRecord:
        """Change what is given of a DNS record; its type stays."""
        self.need("domains", "domain", name=domain_name)
        row = self.need("domain_records", "record", domain_name=domain_name, id=domain_record_id)
        extras: Row = {"priority": priority, "port": port, "weight": weight, "flags": flags, "tag": tag}
        changes = self.given({"name": name, "data": data, "ttl": ttl, **extras})
        if row["type"] == "SOA":
            if set(changes) - {"ttl"}:
                raise ToolError("of the SOA record only the TTL can be changed")
        else:
            check_record(row | changes)
            self.check_alone(row | changes)
        self.db.update("domain_records", changes, domain_name=domain_name, id=domain_record_id)
        return DomainRecord.model_validate(row | changes)

    # Volumes and firewalls -------------------------------------------------------------------------------------------

    @tool(writes=True)
    def volumes_create(
        self,
        name: VolumeName,
        region: RegionSlug,
        size_gigabytes: Gigabytes,
        description: Purpose = None,
        filesystem_type: Formatted = None,
    ) -> Volume:
        """Create a volume of block storage, attached to nothing."""
        check_volume(name)
        self.region(region)
        if self.db.get("volumes", name=name, region=region) is not None:
            raise ToolError(f"there is already a volume {name!r} in {region}", code="conflict")
        row: Row = {
            "id": self.next_volume(),
            "name": name,
            "description": description,
            "region": region,
            "size_gigabytes": size_gigabytes,
            "filesystem_type": filesystem_type,
            "created_at": self.timestamp,
            "seq": self.db.next_number("volumes", "seq"),
        }
        self.db.insert("volumes", row)
        return Volume.model_validate(row)

    @tool(writes=True)
    def volumeActions_post(self, volume_id: VolumeId, type: Attached, droplet_id: DropletId) -> Action:
        """Attach a volume to a droplet in its region, or detach it from the droplet that has it."""
        volume = self.need("volumes", "volume", id=volume_id)
        droplet = self.droplet(droplet_id)
        if type == "attach":
            self.check_attachable(volume, droplet)
        elif volume["droplet_id"] != droplet_id:
            raise ToolError(f"{volume['name']} is not attached to {droplet['name']}")
        held = droplet_id if type == "attach" else None
        self.db.update("volumes", {"droplet_id": held}, id=volume_id)
        return self.acted(f"{type}_volume", droplet, volume=True)

    @tool(writes=True)
    def volumes_delete(self, volume_id: VolumeId) -> None:
        """Delete a volume that is attached to nothing, with all that is on it."""
        volume = self.need("volumes", "volume", id=volume_id)
        if volume["droplet_id"] is not None:
            raise ToolError(f"{volume['name']} is attached to a droplet; detach it first", code="conflict")
        self.db.delete("volumes", id=volume_id)

    @tool(writes=True)
    def firewalls_assign_droplets(
        self,
        firewall_id: FirewallId,
        droplet_ids: Annotated[list[DropletId], Field(description="The droplets to add.")],
    ) -> None:
        """Put droplets behind a firewall too; those it protects already stay."""
        firewall = self.need("firewalls", "firewall", id=firewall_id)
        if not droplet_ids:
            raise ToolError("name at least one droplet", code="invalid_arguments")
        for number in droplet_ids:
            self.need("droplets", "droplet", id=number)
        behind: list[int] = list(dict.fromkeys([*json.loads(firewall["droplet_ids"]), *droplet_ids]))
        if len(behind) > MOST_PROTECTED:
            raise ToolError(f"a firewall takes at most {MOST_PROTECTED} droplets", code="limit")
        self.db.update("firewalls", {"droplet_ids": behind}, id=firewall_id)
