"""What the tools written by hand share: what can be had where, which numbers are next, what must not meet."""

from __future__ import annotations

import json

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .entities import Action

MOST_VOLUMES = 7
"""Volumes that one droplet holds at most."""


class Account(Environment):
    """The account's things, and what holds of them whatever is done."""

    def droplet(self, number: int) -> Row:
        """A droplet to which something may be done now."""
        row = self.need("droplets", "droplet", id=number)
        if row["locked"]:
            raise ToolError(f"{row['name']} is locked while something else is being done to it", code="conflict")
        return row

    def next_droplet(self) -> int:
        """A number that no droplet has or had: every droplet made here left an action."""
        return self.db.value(
            "SELECT 1 + coalesce(max(id), 0) FROM (SELECT id FROM droplets UNION ALL SELECT resource_id FROM actions)"
        )

    def next_volume(self) -> str:
        """An id in the form of a UUID."""
        digits = f"{self.random.getrandbits(128):032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def acted(self, kind: str, droplet: Row, *, volume: bool = False) -> Action:
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

    def region(self, slug: str) -> Row:
        """A region in which something can be made."""
        region = self.need("regions", "region", slug=slug)
        if not region["available"]:
            raise ToolError(f"nothing new can be made in {slug} now")
        return region

    def size(self, slug: str, region: str) -> Row:
        """A size that can be had in a region."""
        size = self.need("sizes", "size", slug=slug)
        if not size["available"]:
            raise ToolError(f"the size {slug} is not available any more")
        if region not in json.loads(size["regions"]):
            raise ToolError(f"the size {slug} is not offered in {region}")
        return size

    def check_image(self, image: str, region: str, disk: int) -> None:
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

    def check_alone(self, record: Row) -> None:
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

    def add_record(self, record: Row) -> Row:
        row: Row = {"id": self.db.next_number("domain_records", "id"), **record}
        self.db.insert("domain_records", row)
        return row

    def check_attachable(self, volume: Row, droplet: Row) -> None:
        if volume["droplet_id"] is not None:
            raise ToolError(f"{volume['name']} is attached already; detach it first", code="conflict")
        if volume["region"] != droplet["region"]:
            raise ToolError(f"{volume['name']} is in {volume['region']}, and {droplet['name']} in {droplet['region']}")
        if len(self.db.find("volumes", droplet_id=droplet["id"])) >= MOST_VOLUMES:
            raise ToolError(f"a droplet holds at most {MOST_VOLUMES} volumes", code="limit")
