"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from .entities import (
    AnnouncementState,
    CourseCourseState,
    CourseId,
    CourseWorkId,
    CourseWorkState,
    InvitationRole,
    StudentSubmissionId,
    StudentSubmissionState,
    StudentUserId,
    TopicId,
)


class DateParts(TypedDict):
    """A day of the calendar (google.type.Date)."""

    year: Annotated[int, Field(ge=1, le=9999)]
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]


class TimeParts(TypedDict):
    """A time of the day (google.type.TimeOfDay)."""

    hours: Annotated[int, Field(ge=0, le=23)]
    minutes: NotRequired[Annotated[int, Field(ge=0, le=59)]]


CourseKey = Annotated[CourseId, Field(description="Which course.")]
WorkKey = Annotated[CourseWorkId, Field(description="Which course work.")]
SubmissionKey = Annotated[StudentSubmissionId, Field(description="Which submission.")]
StudentKey = Annotated[StudentUserId, Field(description="Which student: an id, an address or `me`.")]

# Lists ---------------------------------------------------------------------------------------------------------------

CourseStates = Annotated[
    list[CourseCourseState],
    Field(description="Only courses in one of these states; without it: in any."),
]
TeacherFilter = Annotated[
    str,
    Field(description="Only courses that this user teaches: an id, an address or `me`. Not together with `studentId`."),
]
StudentFilter = Annotated[
    str,
    Field(description="Only courses that this user takes: an id, an address or `me`. Not together with `teacherId`."),
]
WorkStates = Annotated[
    list[CourseWorkState],
    Field(description="Only course work in one of these states; without it: what is published."),
]
WorkOrder = Annotated[
    str,
    Field(
        description=(
            "How to order: `updateTime` or `dueDate`, each with `asc` (as without a word) or `desc` behind it, several "
            "with commas between them."
        )
    ),
]
AnyWork = Annotated[
    CourseWorkId,
    Field(description="Which course work; `-` stands for all that is published in the course."),
]
ByStudent = Annotated[StudentUserId, Field(description="Only those of this student: an id, an address or `me`.")]
SubmissionStates = Annotated[
    list[StudentSubmissionState],
    Field(description="Only submissions in one of these states."),
]
Lateness = Annotated[
    Literal["LATE_ONLY", "NOT_LATE_ONLY"],
    Field(description="Only those that are late, or only those that are not."),
]
AnnouncementStates = Annotated[
    list[AnnouncementState],
    Field(description="Only announcements in one of these states; without it: what is published."),
]
AnnouncementOrder = Annotated[
    str,
    Field(description="How to order: `updateTime` with `asc` (as without a word) or `desc` behind it."),
]
Page = Annotated[int, Field(ge=1, le=100, description="How many at most on one page.")]
PageToken = Annotated[str, Field(description="Where to go on: the token that the page before gave.")]

# Courses and people --------------------------------------------------------------------------------------------------

CourseName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=750,
        description="What it is called; at most 750 characters, and no web address in it.",
    ),
]
Section = Annotated[
    str,
    Field(max_length=2800, description="Which group or term of the course it is; at most 2800 characters."),
]
About = Annotated[str, Field(max_length=30000, description="What the course is about; at most 30000 characters.")]
Room = Annotated[str, Field(max_length=650, description="Where it takes place; at most 650 characters.")]
FirstState = Annotated[
    Literal["ACTIVE", "PROVISIONED"],
    Field(description="Whether it is to be open at once (ACTIVE) or made ready first (PROVISIONED)."),
]
NewState = Annotated[CourseCourseState, Field(description="The new state.")]
Invited = Annotated[str, Field(description="Whom: the id or the e-mail address of a user.")]
Part = Annotated[InvitationRole, Field(description="What the user is to become in the course.")]

# Course work, topics, announcements ----------------------------------------------------------------------------------

Title = Annotated[
    str,
    Field(
        min_length=1,
        max_length=3000,
        description="What is to be done, in a few words; at most 3000 characters.",
    ),
]
Instructions = Annotated[
    str,
    Field(max_length=30000, description="What is to be done, at length; at most 30000 characters."),
]
ShownOrNot = Annotated[
    Literal["PUBLISHED", "DRAFT"],
    Field(description="Whether students are to see it at once (PUBLISHED) or not yet (DRAFT)."),
]
Publish = Annotated[Literal["PUBLISHED", "DRAFT"], Field(description="PUBLISHED shows a draft to the students.")]
WorkType = Annotated[
    Literal["ASSIGNMENT", "SHORT_ANSWER_QUESTION"],
    Field(description="An assignment, or a question with a short answer; it never changes."),
]
MaxPoints = Annotated[
    float,
    Field(ge=0, description="The highest grade, a whole number; 0 or none: it is not graded."),
]
DueDate = Annotated[DateParts, Field(description="The day it is due, in UTC; together with `dueTime`.")]
DueTime = Annotated[TimeParts, Field(description="The time of that day, in UTC; together with `dueDate`.")]
TopicRef = Annotated[TopicId, Field(description="The topic it belongs to, one of the course.")]
TopicName = Annotated[
    str,
    Field(description="What it is called; at most 100 characters, unlike every other topic of the course."),
]
Words = Annotated[
    str, Field(min_length=1, max_length=30000, description="What is announced; at most 30000 characters.")
]

# Grades --------------------------------------------------------------------------------------------------------------

DraftGrade = Annotated[
    float,
    Field(ge=0, description="A grade that only teachers see: from 0 to the most points of the work."),
]
AssignedGrade = Annotated[
    float,
    Field(ge=0, description="The grade that the student sees: from 0 to the most points of the work."),
]
