"""What the service checks of the values given for a schedule, and what it keeps of them."""

from __future__ import annotations

import re
from zoneinfo import available_timezones

from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .arguments import RetryPolicy, TagGiven, TargetGiven, WindowGiven
from .expressions import timing

ACCOUNT = "arn:aws:scheduler:eu-central-1:418273645190"
MOST_TAGS = 50
_ZONES = frozenset(available_timezones())
"""Read once: it searches the time zone files."""
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12})?:\S+")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+")
_QUEUE = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:[\w-]+")


def invalid(message: str) -> ToolError:
    """The refusal of a value."""
    return ToolError(message, code="invalid_arguments")


def kept(
    expression: str,
    zone: str,
    target: TargetGiven,
    window: WindowGiven,
    start: str | None,
    end: str | None,
    about: str | None,
) -> Row:
    """The columns of a schedule that follow from what was given for it; raises ToolError for what does not fit."""
    if zone not in _ZONES:
        raise invalid(f"the time zone {zone!r} is not known")
    if start is not None and end is not None and start >= end:
        raise invalid("the StartDate must be before the EndDate")
    return {
        "ScheduleExpression": expression,
        "Timing": timing(expression),
        "ScheduleExpressionTimezone": zone,
        "Target": _target(target),
        "FlexibleTimeWindow": _window(window),
        "StartDate": start,
        "EndDate": end,
        "Description": about,
    }


def _target(given: TargetGiven) -> Row:
    if not _ARN.fullmatch(given["Arn"]):
        raise invalid(f"the target {given['Arn']!r} is no ARN")
    if not _ROLE.fullmatch(given["RoleArn"]):
        raise invalid(f"{given['RoleArn']!r} is no ARN of a role")
    letters = given.get("DeadLetterConfig", {}).get("Arn")
    if letters is not None and not _QUEUE.fullmatch(letters):
        raise invalid(f"the dead-letter queue {letters!r} is no ARN of a queue")
    usual: RetryPolicy = {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
    return {**given, "RetryPolicy": {**usual, **given.get("RetryPolicy", {})}}


def _window(given: WindowGiven) -> Row:
    flexible = given["Mode"] == "FLEXIBLE"
    if flexible and "MaximumWindowInMinutes" not in given:
        raise invalid("a FLEXIBLE time window needs MaximumWindowInMinutes")
    if not flexible and "MaximumWindowInMinutes" in given:
        raise invalid("MaximumWindowInMinutes is only for a FLEXIBLE time window")
    return {**given}


def unique(tags: list[TagGiven]) -> dict[str, str]:
    """Tags by key; raises ToolError for a key given twice or kept for the service."""
    found: dict[str, str] = {}
    for tag in tags:
        if tag["Key"] in found:
            raise invalid(f"the tag key {tag['Key']!r} is given twice")
        if tag["Key"].lower().startswith("aws:"):
            raise invalid(f"the tag key {tag['Key']!r} begins with aws:, which is kept for the service")
        found[tag["Key"]] = tag["Value"]
    return found
