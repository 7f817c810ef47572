"""What the tools written by hand take."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

Page = Annotated[int, Field(ge=1, description="Which page, from 1.")]
PerPage = Annotated[int, Field(ge=1, le=200, description="How many a page holds.")]
Tagged = Annotated[str | None, Field(description="Only those with this tag.")]
Called = Annotated[
    str | None, Field(description="Only those called exactly so, whatever the case; not together with `tag_name`.")
]
HostName = Annotated[
    str,
    Field(description="A host name: letters, digits, dots and dashes, beginning and ending with a letter or digit."),
]
MadeFrom = Annotated[
    str, Field(description="A system's short name, such as `ubuntu-24-04-x64`, or the id of a snapshot.")
]
BackedUp = Annotated[bool, Field(description="Whether to back it up every week.")]
Tags = Annotated[list[str] | None, Field(description="Tags: letters, digits, colons, dashes and underscores.")]
Done = Annotated[
    Literal["power_on", "power_off", "shutdown", "reboot", "power_cycle", "enable_backups", "disable_backups"],
    Field(
        description=(
            "What to do: power off is hard, shutdown asks the system; reboot asks the system, power cycle is hard."
        )
    ),
]
Grows = Annotated[bool, Field(description="Whether to enlarge the disk too, which cannot be undone.")]
SnapshotName = Annotated[str, Field(description="What to call the snapshot.")]
LeadsTo = Annotated[str | None, Field(description="The IPv4 address that the domain itself leads to.")]
RecordType = Annotated[
    Literal["A", "AAAA", "CAA", "CNAME", "MX", "NS", "SRV", "TXT"], Field(description="What kind of record.")
]
RecordName = Annotated[str, Field(description="The host name within the domain, or `@` for the domain itself.")]
Data = Annotated[
    str,
    Field(
        description=(
            "An IPv4 address for A, an IPv6 address for AAAA, a host name ending with a dot (or `@`) for CNAME, MX, NS "
            "and SRV, text for TXT and CAA."
        )
    ),
]
NewName = Annotated[str | None, Field(description="The new host name within the domain.")]
NewData = Annotated[str | None, Field(description="What it says from now on, as its type needs it.")]
Priority = Annotated[int | None, Field(ge=0, le=65535, description="For MX and SRV, which need it.")]
Port = Annotated[int | None, Field(ge=0, le=65535, description="For SRV, which needs it.")]
Weight = Annotated[int | None, Field(ge=0, le=65535, description="For SRV, which needs it.")]
Flags = Annotated[int | None, Field(ge=0, le=255, description="For CAA, which needs it: 0 to 255.")]
About = Annotated[Literal["issue", "issuewild", "iodef"] | None, Field(description="For CAA, which needs it.")]
Lasts = Annotated[int, Field(ge=30, le=604800, description="Seconds for which it may be kept.")]
NewLasts = Annotated[int | None, Field(ge=30, le=604800, description="Seconds for which it may be kept.")]
VolumeName = Annotated[
    str,
    Field(
        description=(
            "Lower-case letters, digits and dashes, beginning with a letter; at most 64. Each name once in a region."
        )
    ),
]
Gigabytes = Annotated[int, Field(ge=1, le=16384, description="Its size in GB.")]
Purpose = Annotated[str | None, Field(description="What it is for.")]
Formatted = Annotated[Literal["ext4", "xfs"] | None, Field(description="What to format it with.")]
Attached = Annotated[Literal["attach", "detach"], Field(description="Whether to attach or to detach it.")]
