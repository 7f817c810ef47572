"""Ids, rows and pages of DigitalOcean: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from envfactory.environment.tool import FromJson, Key

AccountUuid = Annotated[str, Key("account", "The id of the account.")]
RegionSlug = Annotated[str, Key("region", "The short name of a region, such as `ams3`.")]
SizeSlug = Annotated[str, Key("size", "The short name of a droplet size, such as `s-2vcpu-4gb`.")]
ImageSlug = Annotated[str, Key("image", "The short name of an operating system's image.")]
DropletId = Annotated[int, Key("droplet", "The number of a droplet.")]
DomainName = Annotated[str, Key("domain", "The domain.")]
DomainRecordId = Annotated[int, Key("domain_record", "The number of a DNS record.")]
VolumeId = Annotated[str, Key("volume", "The id of a volume.")]
FirewallId = Annotated[str, Key("firewall", "The id of a firewall.")]
SnapshotId = Annotated[str, Key("snapshot", "The id of a snapshot.")]
ActionId = Annotated[int, Key("action", "The number of an action.")]
ImageStatus = Literal["available", "retired"]
DropletStatus = Literal["active", "off"]
DomainRecordType = Literal["A", "AAAA", "CAA", "CNAME", "MX", "NS", "SRV", "TXT", "SOA"]
DomainRecordTag = Literal["issue", "issuewild", "iodef"]
VolumeFilesystemType = Literal["ext4", "xfs"]
FirewallStatus = Literal["waiting", "succeeded", "failed"]
SnapshotResourceType = Literal["droplet", "volume"]
ActionStatus = Literal["completed", "errored"]
ActionResourceType = Literal["droplet", "volume"]


class Account(BaseModel):
    """One account."""

    uuid: AccountUuid
    email: str = Field(description="The address it is registered with.", json_schema_extra={"format": "email"})
    droplet_limit: int = Field(description="How many droplets it may have at a time.")


class Region(BaseModel):
    """One region."""

    slug: RegionSlug
    name: str = Field(description="Where it is.")
    available: bool = Field(description="Whether anything new can be made there.")


class Size(BaseModel):
    """One size."""

    slug: SizeSlug
    memory: int = Field(description="Memory in MB.")
    vcpus: int = Field(description="Virtual processors.")
    disk: int = Field(description="Disk in GB.")
    available: bool = Field(description="Whether it can be chosen at all.")
    regions: Annotated[list[str], FromJson] = Field(description="The regions in which it can be had.")


class Image(BaseModel):
    """One image."""

    slug: ImageSlug
    name: str = Field(description="The system and its version.")
    status: ImageStatus = Field(description="Whether it can still be installed.")
    min_disk_size: int = Field(description="Disk in GB that it needs at least.")


class Droplet(BaseModel):
    """One droplet."""

    id: DropletId
    name: str = Field(description="Its name, which is a host name.")
    status: DropletStatus = Field(description="Whether it runs.")
    locked: bool = Field(description="Whether something is being done to it that allows no other action.")
    memory: int = Field(description="Memory in MB.")
    vcpus: int = Field(description="Virtual processors.")
    disk: int = Field(description="Disk in GB; it can grow and never shrinks.")
    size_slug: SizeSlug = Field(description="Its size.")
    region: RegionSlug = Field(description="The region it runs in.")
    image: str = Field(description="What it was made from: a system's image, or the id of a snapshot.")
    backups: bool = Field(description="Whether it is backed up every week.")
    tags: Annotated[list[str], FromJson] = Field(description="Its tags.")
    ip_address: str = Field(description="Its public IPv4 address.")
    private_ip_address: str = Field(description="Its address inside the region.")
    created_at: str = Field(description="When it was made (RFC 3339, UTC).", json_schema_extra={"format": "date-time"})


class Domain(BaseModel):
    """One domain."""

    name: DomainName
    ttl: int = Field(description="Seconds for which answers about it may be kept.")


class DomainRecord(BaseModel):
    """One record."""

    id: DomainRecordId
    type: DomainRecordType = Field(description="What kind of record it is.")
    name: str = Field(description="The host name within the domain; `@` for the domain itself.")
    data: str = Field(description="What it says: an address, a host name that ends with a dot, or text.")
    priority: int | None = Field(default=None, description="Of MX and SRV records: the lowest is tried first.")
    port: int | None = Field(default=None, description="Of SRV records: the port of the service.")
    ttl: int = Field(description="Seconds for which it may be kept.")
    weight: int | None = Field(default=None, description="Of SRV records: the share among those of equal priority.")
    flags: int | None = Field(
        default=None,
        description="Of CAA records: 128 where an issuer that does not understand it must not go on, else 0.",
    )
    tag: DomainRecordTag | None = Field(default=None, description="Of CAA records: what it is about.")


class Volume(BaseModel):
    """One volume."""

    id: VolumeId
    name: str = Field(description="Its name, used once in a region.")
    description: str | None = Field(default=None, description="What it is for.")
    region: RegionSlug = Field(description="The region it lies in.")
    size_gigabytes: int = Field(description="Its size in GB.")
    filesystem_type: VolumeFilesystemType | None = Field(
        default=None,
        description="What it is formatted with; none where it is not.",
    )
    droplet_id: DropletId | None = Field(default=None, description="The droplet it is attached to, if any.")
    created_at: str = Field(description="When it was made (RFC 3339, UTC).", json_schema_extra={"format": "date-time"})


class Firewall(BaseModel):
    """One firewall."""

    id: FirewallId
    name: str = Field(description="Its name.")
    status: FirewallStatus = Field(description="Whether its rules are in force.")
    inbound_rules: Annotated[list[dict[str, Any]], FromJson] = Field(description="What may come in.")
    droplet_ids: Annotated[list[DropletId], FromJson] = Field(description="The droplets it protects.")
    created_at: str = Field(description="When it was made (RFC 3339, UTC).", json_schema_extra={"format": "date-time"})


class Snapshot(BaseModel):
    """One snapshot."""

    id: SnapshotId
    name: str = Field(description="Its name.")
    resource_id: str = Field(description="The droplet or volume it was taken of, which may be gone.")
    resource_type: SnapshotResourceType = Field(description="What it was taken of.")
    regions: Annotated[list[str], FromJson] = Field(description="Where it can be used.")
    min_disk_size: int = Field(description="Disk in GB that something made from it needs at least.")
    size_gigabytes: float = Field(description="What it takes up, in GB.")
    created_at: str = Field(description="When it was taken (RFC 3339, UTC).", json_schema_extra={"format": "date-time"})


class Action(BaseModel):
    """One action."""

    id: ActionId
    status: ActionStatus = Field(description="How it ended.")
    type: str = Field(description="What was done.")
    started_at: str = Field(description="When it began (RFC 3339, UTC).", json_schema_extra={"format": "date-time"})
    completed_at: str = Field(
        description="When it was over (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    resource_id: int | None = Field(default=None, description="The droplet it was done to; none for a volume.")
    resource_type: ActionResourceType = Field(description="What it was done to.")
    region_slug: str = Field(description="Where.")


class DropletPage(BaseModel):
    """A page of a list, each item one droplet."""

    droplets: list[Droplet]


class DomainPage(BaseModel):
    """A page of a list, each item one domain."""

    domains: list[Domain]


class DomainRecordPage(BaseModel):
    """A page of a list, each item one record."""

    domain_records: list[DomainRecord]


class VolumePage(BaseModel):
    """A page of a list, each item one volume."""

    volumes: list[Volume]


class FirewallPage(BaseModel):
    """A page of a list, each item one firewall."""

    firewalls: list[Firewall]


class SnapshotPage(BaseModel):
    """A page of a list, each item one snapshot."""

    snapshots: list[Snapshot]
