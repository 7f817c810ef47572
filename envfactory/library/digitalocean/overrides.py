"""What no default can know: what a region offers, what a droplet's state allows, what DNS asks for, who holds what."""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import Field

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

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

MOST_VOLUMES = 7
"""Volumes that one droplet holds at most."""
MOST_PROTECTED = 10
"""Droplets that one firewall takes at most."""
NAME_SERVERS = ("ns1.digitalocean.com.", "ns2.digitalocean.com.", "ns3.digitalocean.com.")
TTL = 1800
"""Seconds that new domains and records may be kept for."""
NEEDS = {"power_on": "off", "power_off": "active", "shutdown": "active", "reboot": "active", "power_cycle": "active"}
"""The status in which a droplet must be for an action."""
LEADS = {"power_on": "active", "power_off": "off", "shutdown": "off"}
"""The status that an action leads to, where it changes it."""


class Overrides(Environment):
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
        place = self._region(region)
        offered = self._size(size, region)
        self._check_image(image, region, offered["disk"])
        if len(self.db.find("droplets")) >= self.db.find("accounts")[0]["droplet_limit"]:
            raise ToolError("the account has as many droplets as it may have", code="limit")
        number = self._next_droplet()
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
        self._acted("create", row)
        return Droplet.model_validate(row)

    @tool(writes=True)
    def droplets_destroy(self, droplet_id: DropletId) -> None:
        """Destroy a droplet for good. Its volumes are detached, firewalls forget it, and its snapshots stay."""
        row = self._droplet(droplet_id)
        for firewall in self.db.find("firewalls"):
            behind: list[int] = json.loads(firewall["droplet_ids"])
            if droplet_id in behind:
                left = [number for number in behind if number != droplet_id]
                self.db.update("firewalls", {"droplet_ids": left}, id=firewall["id"])
        self.db.delete("droplets", id=droplet_id)
        self._acted("destroy", row)

    @tool(writes=True)
    def dropletActions_post(self, droplet_id: DropletId, type: Done) -> Action:
        """Switch a droplet on or off, restart it, or switch its weekly backups on or off."""
        row = self._droplet(droplet_id)
        if type in NEEDS:
            if row["status"] != NEEDS[type]:
                raise ToolError(f"{row['name']} is {row['status']}; {type} needs one that is {NEEDS[type]}")
            self.db.update("droplets", {"status": LEADS.get(type, row["status"])}, id=droplet_id)
        else:
            wanted = type == "enable_backups"
            if bool(row["backups"]) == wanted:
                raise ToolError(f"backups of {row['name']} are {'enabled' if wanted else 'disabled'} already")
            self.db.update("droplets", {"backups": wanted}, id=droplet_id)
        return self._acted(type, row)

    @tool(writes=True)
    def dropletActions_resize(self, droplet_id: DropletId, size: SizeSlug, disk: Grows = False) -> Action:
        """Change the size of a droplet that is off. Its disk grows only when `disk` is true, and can never shrink."""
        row = self._droplet(droplet_id)
        offered = self._size(size, row["region"])
        if row["status"] != "off":
            raise ToolError(f"{row['name']} must be off to be resized")
        if size == row["size_slug"]:
            raise ToolError(f"{row['name']} is of the size {size} already")
        if offered["disk"] < row["disk"]:
            raise ToolError(f"a disk cannot shrink: {row['name']} has {row['disk']} GB, {size} only {offered['disk']}")
        grown = offered["disk"] if disk else row["disk"]
        changes: Row = {"size_slug": size, "memory": offered["memory"], "vcpus": offered["vcpus"], "disk": grown}
        self.db.update("droplets", changes, id=droplet_id)
        return self._acted("resize", row)

    @tool(writes=True)
    def dropletActions_snapshot(self, droplet_id: DropletId, name: SnapshotName) -> Action:
        """Take a snapshot of a droplet's disk."""
        row = self._droplet(droplet_id)
        if not name:
            raise ToolError("a snapshot needs a name", code="invalid_arguments")
        action = self._acted("snapshot", row)
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
            self._add_record({"domain_name": name, "name": "@", "ttl": TTL, **record})
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
        self._check_alone(record)
        return DomainRecord.model_validate(self._add_record(record))

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
            self._check_alone(row | changes)
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
        self._region(region)
        if self.db.get("volumes", name=name, region=region) is not None:
            raise ToolError(f"there is already a volume {name!r} in {region}", code="conflict")
        row: Row = {
            "id": self._next_volume(),
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
        droplet = self._droplet(droplet_id)
        if type == "attach":
            self._check_attachable(volume, droplet)
        elif volume["droplet_id"] != droplet_id:
            raise ToolError(f"{volume['name']} is not attached to {droplet['name']}")
        held = droplet_id if type == "attach" else None
        self.db.update("volumes", {"droplet_id": held}, id=volume_id)
        return self._acted(f"{type}_volume", droplet, volume=True)

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

    # What they share -------------------------------------------------------------------------------------------------

    def _droplet(self, number: int) -> Row:
        """A droplet to which something may be done now."""
        row = self.need("droplets", "droplet", id=number)
        if row["locked"]:
            raise ToolError(f"{row['name']} is locked while something else is being done to it", code="conflict")
        return row

    def _next_droplet(self) -> int:
        """A number that no droplet has or had: every droplet made here left an action."""
        return self.db.value(
            "SELECT 1 + coalesce(max(id), 0) FROM (SELECT id FROM droplets UNION ALL SELECT resource_id FROM actions)"
        )

    def _next_volume(self) -> str:
        """An id in the form of a UUID."""
        digits = f"{self.random.getrandbits(128):032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def _acted(self, kind: str, droplet: Row, *, volume: bool = False) -> Action:
        """Keep and give the action that was done."""
        action: Row = {
            "id": self.db.next_number("actions", "id"),
            "status": "completed",
            "type": kind,
            "started_at": self.timestamp,
            "completed_at": self.timestamp,
            "resource_id": None if volume else droplet["id"],
            "resource_type": "volume" if volume else "droplet",
            "region_slug": droplet["region"],
        }
        self.db.insert("actions", action)
        return Action.model_validate(action)

    def _region(self, slug: str) -> Row:
        """A region in which something can be made."""
        region = self.need("regions", "region", slug=slug)
        if not region["available"]:
            raise ToolError(f"nothing new can be made in {slug} now")
        return region

    def _size(self, slug: str, region: str) -> Row:
        """A size that can be had in a region."""
        size = self.need("sizes", "size", slug=slug)
        if not size["available"]:
            raise ToolError(f"the size {slug} is not available any more")
        if region not in json.loads(size["regions"]):
            raise ToolError(f"the size {slug} is not offered in {region}")
        return size

    def _check_image(self, image: str, region: str, disk: int) -> None:
        """Refuse what a droplet with such a disk in that region cannot be made from."""
        system = self.db.get("images", slug=image)
        source = system or self.db.get("snapshots", id=image, resource_type="droplet")
        if source is None:
            raise ToolError(f"there is no image {image!r}", code="not_found")
        if system is not None and system["status"] == "retired":
            raise ToolError(f"the image {image} is retired")
        if system is None and region not in json.loads(source["regions"]):
            raise ToolError(f"the snapshot {source['name']!r} is not in {region}")
        if source["min_disk_size"] > disk:
            raise ToolError(f"the image needs a disk of {source['min_disk_size']} GB, and this size has {disk}")

    def _check_alone(self, record: Row) -> None:
        """Refuse a CNAME beside any other record of its name, and any other beside a CNAME."""
        if record["type"] == "CNAME" and record["name"] == "@":
            raise ToolError("the domain itself cannot have a CNAME record", code="invalid_arguments")
        others = [
            other
            for other in self.db.find("domain_records", domain_name=record["domain_name"], name=record["name"])
            if other["id"] != record.get("id")
        ]
        if others and "CNAME" in {record["type"], *(other["type"] for other in others)}:
            raise ToolError(f"a CNAME record must be the only one of its name, {record['name']!r}", code="conflict")

    def _add_record(self, record: Row) -> Row:
        row: Row = {"id": self.db.next_number("domain_records", "id"), **record}
        self.db.insert("domain_records", row)
        return row

    def _check_attachable(self, volume: Row, droplet: Row) -> None:
        if volume["droplet_id"] is not None:
            raise ToolError(f"{volume['name']} is attached already; detach it first", code="conflict")
        if volume["region"] != droplet["region"]:
            raise ToolError(f"{volume['name']} is in {volume['region']}, and {droplet['name']} in {droplet['region']}")
        if len(self.db.find("volumes", droplet_id=droplet["id"])) >= MOST_VOLUMES:
            raise ToolError(f"a droplet holds at most {MOST_VOLUMES} volumes", code="limit")
