"""What no default can know of the scheduler: expressions, groups and what lies in them, whole replacement, tokens."""

from __future__ import annotations

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError
from envfactory.messages import canonical

from .arguments import (
    About,
    After,
    Asked,
    End,
    Expression,
    InGroup,
    NewName,
    Once,
    OnlyGroup,
    OnlyState,
    Prefix,
    Running,
    Size,
    Start,
    Tagged,
    TagGiven,
    TagKeys,
    Tags,
    Target,
    Token,
    Which,
    WhichGroup,
    Window,
    Zone,
)
from .checked import ACCOUNT, MOST_TAGS, invalid, kept, unique
from .entities import ScheduleGroup, ScheduleGroupPage, TagPage
from .views import ScheduleList, ScheduleView

DEFAULT = "default"
"""The group that is always there."""


class Overrides(Environment):
    """Tools written by hand."""

    # Schedules -------------------------------------------------------------------------------------------------------

    @tool(writes=True)
    def create_schedule(
        self,
        Name: NewName,
        ScheduleExpression: Expression,
        Target: Target,
        FlexibleTimeWindow: Window,
        ScheduleExpressionTimezone: Zone = "UTC",
        StartDate: Start | None = None,
        EndDate: End | None = None,
        Description: About | None = None,
        State: Running = "ENABLED",
        ActionAfterCompletion: After = "NONE",
        GroupName: InGroup = DEFAULT,
        ClientToken: Once | None = None,
    ) -> ScheduleView:
        """Create a schedule that calls a target at its times."""
        group = self._open_group(GroupName)
        values = kept(
            ScheduleExpression, ScheduleExpressionTimezone, Target, FlexibleTimeWindow, StartDate, EndDate, Description
        ) | {"State": State, "ActionAfterCompletion": ActionAfterCompletion}
        asked = {"Name": Name, "GroupName": GroupName, **values}
        before = self._made_before("schedules", ClientToken, asked)
        if before is not None:
            return ScheduleView.model_validate(before)
        if self.db.get("schedules", GroupName=GroupName, Name=Name) is not None:
            raise ToolError(f"the group {GroupName!r} already has a schedule {Name!r}", code="conflict")
        row: Row = {
            **asked,
            "Arn": f"{ACCOUNT}:schedule/{group['Name']}/{Name}",
            "CreationDate": self.timestamp,
            "LastModificationDate": self.timestamp,
            "seq": self.db.next_number("schedules", "seq"),
            **self._remembered(ClientToken, asked),
        }
        self.db.insert("schedules", row)
        return ScheduleView.model_validate(row)

    @tool()
    def get_schedule(self, Name: Which, GroupName: InGroup = DEFAULT) -> ScheduleView:
        """Get a schedule with all that is set for it."""
        return ScheduleView.model_validate(self._schedule(GroupName, Name))

    @tool()
    def list_schedules(
        self,
        GroupName: OnlyGroup | None = None,
        NamePrefix: Prefix | None = None,
        State: OnlyState | None = None,
        NextToken: Token | None = None,
        MaxResults: Size = 100,
    ) -> ScheduleList:
        """List schedules in a short form, by group and name; of all groups unless one is named."""
        if GroupName is not None:
            self._group(GroupName)
        rows = self.db.rows(
            """
            SELECT *, json_object('Arn', Target ->> 'Arn') AS Target FROM schedules
            WHERE (:GroupName IS NULL OR GroupName = :GroupName)
              AND (:NamePrefix IS NULL OR substr(Name, 1, length(:NamePrefix)) = :NamePrefix)
              AND (:State IS NULL OR State = :State)
            ORDER BY GroupName, Name
            """,
            {"GroupName": GroupName, "NamePrefix": NamePrefix, "State": State},
        )
        rows, following = self.page(rows, MaxResults, NextToken)
        return ScheduleList.model_validate({"Schedules": rows, "NextToken": following})

    @tool(writes=True)
    def update_schedule(
        self,
        Name: Which,
        ScheduleExpression: Expression,
        Target: Target,
        FlexibleTimeWindow: Window,
        GroupName: InGroup = DEFAULT,
        ScheduleExpressionTimezone: Zone = "UTC",
        StartDate: Start | None = None,
        EndDate: End | None = None,
        Description: About | None = None,
        State: Running = "ENABLED",
        ActionAfterCompletion: After = "NONE",
    ) -> ScheduleView:
        """Replace all that is set for a schedule: what is not given goes back to its default or is emptied."""
        self._open_group(GroupName)
        row = self._schedule(GroupName, Name)
        changes: Row = kept(
            ScheduleExpression, ScheduleExpressionTimezone, Target, FlexibleTimeWindow, StartDate, EndDate, Description
        ) | {
            "State": State,
            "ActionAfterCompletion": ActionAfterCompletion,
            "LastModificationDate": self.timestamp,
        }
        self.db.update("schedules", changes, GroupName=GroupName, Name=Name)
        return ScheduleView.model_validate(row | changes)

    @tool(writes=True)
    def delete_schedule(self, Name: Which, GroupName: InGroup = DEFAULT) -> None:
        """Delete a schedule."""
        self._open_group(GroupName)
        row = self._schedule(GroupName, Name)
        self.db.delete("schedules", GroupName=row["GroupName"], Name=row["Name"])

    # Groups ----------------------------------------------------------------------------------------------------------

    @tool(writes=True)
    def create_schedule_group(
        self, Name: NewName, Tags: Tags | None = None, ClientToken: Once | None = None
    ) -> ScheduleGroup:
        """Create a schedule group, with tags if wanted."""
        asked = {"Name": Name, "Tags": unique(Tags or [])}
        before = self._made_before("schedule_groups", ClientToken, asked)
        if before is not None:
            return ScheduleGroup.model_validate(before)
        if self.db.get("schedule_groups", Name=Name) is not None:
            raise ToolError(f"there already is a schedule group {Name!r}", code="conflict")
        row: Row = {
            "Name": Name,
            "Arn": f"{ACCOUNT}:schedule-group/{Name}",
            "State": "ACTIVE",
            "CreationDate": self.timestamp,
            "LastModificationDate": self.timestamp,
            "seq": self.db.next_number("schedule_groups", "seq"),
            **self._remembered(ClientToken, asked),
        }
        self.db.insert("resources", {"Arn": row["Arn"], "Name": Name, "seq": row["seq"]})
        self.db.insert("schedule_groups", row)
        self._put(row["Arn"], Tags or [])
        return ScheduleGroup.model_validate(row)

    @tool()
    def get_schedule_group(self, Name: WhichGroup) -> ScheduleGroup:
        """Get a schedule group."""
        return ScheduleGroup.model_validate(self._group(Name))

    @tool()
    def list_schedule_groups(
        self, NamePrefix: Prefix | None = None, NextToken: Token | None = None, MaxResults: Size = 100
    ) -> ScheduleGroupPage:
        """List the schedule groups by name."""
        rows = self.db.rows(
            """
            SELECT * FROM schedule_groups
            WHERE :NamePrefix IS NULL OR substr(Name, 1, length(:NamePrefix)) = :NamePrefix ORDER BY Name
            """,
            {"NamePrefix": NamePrefix},
        )
        rows, following = self.page(rows, MaxResults, NextToken)
        return ScheduleGroupPage.model_validate({"ScheduleGroups": rows, "NextToken": following})

    @tool(writes=True)
    def delete_schedule_group(self, Name: WhichGroup) -> None:
        """Delete a schedule group with all its schedules and tags, at once; the default group cannot be deleted."""
        row = self._open_group(Name)
        if Name == DEFAULT:
            raise invalid("the default schedule group cannot be deleted")
        self.db.delete("resources", Arn=row["Arn"])  # the group, its schedules and its tags go with it

    # Tags ------------------------------------------------------------------------------------------------------------

    @tool(writes=True)
    def tag_resource(self, ResourceArn: Tagged, Tags: Tags) -> None:
        """Put tags on a schedule group; a key that is there gets the new value."""
        found = self._resource(ResourceArn)
        self._open_group(found["Name"])
        self._put(found["Arn"], Tags)

    @tool(writes=True)
    def untag_resource(self, ResourceArn: Tagged, TagKeys: TagKeys) -> None:
        """Take tags off a schedule group; keys that are not there are passed over."""
        found = self._resource(ResourceArn)
        self._open_group(found["Name"])
        for key in TagKeys:
            self.db.delete("tags", ResourceArn=found["Arn"], Key=key)

    @tool()
    def list_tags_for_resource(self, ResourceArn: Tagged) -> TagPage:
        """List the tags of a schedule group by key."""
        found = self._resource(ResourceArn)
        return TagPage.model_validate({"Tags": self.db.find("tags", ResourceArn=found["Arn"])})

    # What they share -------------------------------------------------------------------------------------------------

    def _group(self, name: str) -> Row:
        return self.need("schedule_groups", "schedule group", Name=name)

    def _open_group(self, name: str) -> Row:
        """A group in which things may change."""
        group = self._group(name)
        if group["State"] == "DELETING":
            raise ToolError(f"the schedule group {name!r} is being deleted", code="conflict")
        return group

    def _schedule(self, group: str, name: str) -> Row:
        found = self._group(group)
        return self.need(
            "schedules", f"schedule in the group {found['Name']!r} with the name", GroupName=group, Name=name
        )

    def _resource(self, arn: str) -> Row:
        """What tags hang on: a schedule group by its ARN."""
        if arn.startswith(f"{ACCOUNT}:schedule/"):
            raise invalid("only schedule groups carry tags, schedules do not")
        return self.need("resources", "schedule group with the ARN", Arn=arn)

    def _put(self, arn: str, given: list[TagGiven]) -> None:
        tags = unique(given)
        there = {row["Key"] for row in self.db.find("tags", ResourceArn=arn)}
        if len(there | set(tags)) > MOST_TAGS:
            raise ToolError(f"a schedule group carries at most {MOST_TAGS} tags", code="limit")
        for key, value in tags.items():
            if key in there:
                self.db.update("tags", {"Value": value}, ResourceArn=arn, Key=key)
            else:
                seq = self.db.next_number("tags", "seq")
                self.db.insert("tags", {"ResourceArn": arn, "Key": key, "Value": value, "seq": seq})

    def _made_before(self, table: str, token: str | None, asked: Asked) -> Row | None:
        """What an earlier call with the same token made; raises ToolError when that call asked for something else."""
        found = None if token is None else self.db.get(table, ClientToken=token)
        if found is not None and found["Request"] != canonical(asked):
            raise ToolError(f"the token {token!r} was used with other values", code="conflict")
        return found

    def _remembered(self, token: str | None, asked: Asked) -> Row:
        return {} if token is None else {"ClientToken": token, "Request": canonical(asked)}
