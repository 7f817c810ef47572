"""Ids, rows and pages of Google Classroom: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from envfactory.environment.tool import FromJson, Key

UserProfileId = Annotated[str, Key("user_profile", "The id of a user.")]
CourseId = Annotated[str, Key("course", "The id of a course.")]
TeacherUserId = Annotated[str, Key("teacher", "The user who teaches it.")]
StudentUserId = Annotated[str, Key("student", "The user who takes it.")]
TopicId = Annotated[str, Key("topic", "The id of a topic.")]
CourseWorkId = Annotated[str, Key("course_work", "The id of course work.")]
StudentSubmissionId = Annotated[str, Key("student_submission", "The id of a submission.")]
InvitationId = Annotated[str, Key("invitation", "The id of an invitation.")]
AnnouncementId = Annotated[str, Key("announcement", "The id of an announcement.")]
CourseCourseState = Literal["ACTIVE", "ARCHIVED", "PROVISIONED", "DECLINED"]
CourseWorkState = Literal["PUBLISHED", "DRAFT", "DELETED"]
CourseWorkWorkType = Literal["ASSIGNMENT", "SHORT_ANSWER_QUESTION"]
StudentSubmissionState = Literal["NEW", "CREATED", "TURNED_IN", "RETURNED", "RECLAIMED_BY_STUDENT"]
InvitationRole = Literal["STUDENT", "TEACHER"]
AnnouncementState = Literal["PUBLISHED", "DRAFT", "DELETED"]


class CourseWorkDueDate(TypedDict):
    """Due date of one assignment, as a caller gives it."""

    year: int
    month: int
    day: int


class CourseWorkDueTime(TypedDict):
    """Due time of one assignment, as a caller gives it."""

    hours: int
    minutes: NotRequired[int]


class UserProfile(BaseModel):
    """One person."""

    id: UserProfileId
    fullName: str = Field(description="First and last name.")
    emailAddress: str = Field(description="The user's e-mail address.", json_schema_extra={"format": "email"})


class Course(BaseModel):
    """One course."""

    id: CourseId
    name: str = Field(description="What the course is called; at most 750 characters.")
    section: str | None = Field(default=None, description="Which group or term of the course it is.")
    description: str | None = Field(default=None, description="What the course is about.")
    room: str | None = Field(default=None, description="Where it takes place.")
    ownerId: UserProfileId = Field(description="The user who owns it, its primary teacher.")
    courseState: CourseCourseState = Field(
        description="Not open yet (PROVISIONED), running (ACTIVE), over (ARCHIVED) or turned down (DECLINED).",
    )
    creationTime: str = Field(
        description="When it was created (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    updateTime: str = Field(
        description="When it was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class Teacher(BaseModel):
    """One teacher."""

    courseId: CourseId = Field(description="The course.")
    userId: TeacherUserId


class Student(BaseModel):
    """One student."""

    courseId: CourseId = Field(description="The course.")
    userId: StudentUserId
    fullName: str = Field(description="First and last name.")
    emailAddress: str = Field(description="The student's e-mail address.", json_schema_extra={"format": "email"})


class Topic(BaseModel):
    """One topic."""

    topicId: TopicId
    courseId: CourseId = Field(description="The course it is in.")
    name: str = Field(description="What it is called; unlike that of every other topic of the course.")
    updateTime: str = Field(
        description="When it was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class CourseWork(BaseModel):
    """One assignment."""

    id: CourseWorkId
    courseId: CourseId = Field(description="The course it is set in.")
    title: str = Field(description="What is to be done, in a few words; at most 3000 characters.")
    description: str | None = Field(
        default=None,
        description="What is to be done, at length; at most 30000 characters.",
    )
    state: CourseWorkState = Field(
        description="Whether students see it (PUBLISHED), do not yet (DRAFT) or no longer (DELETED).",
    )
    workType: CourseWorkWorkType = Field(description="An assignment, or a question with a short answer.")
    maxPoints: float | None = Field(default=None, description="The highest grade; absent when it is not graded.")
    dueDate: Annotated[dict[str, Any] | None, FromJson] = Field(
        default=None,
        description="The day it is due, in UTC.",
        json_schema_extra={"format": "date"},
    )
    dueTime: Annotated[dict[str, Any] | None, FromJson] = Field(
        default=None,
        description="The time of that day, in UTC.",
    )
    topicId: TopicId | None = Field(default=None, description="The topic it belongs to.")
    creatorUserId: UserProfileId = Field(description="Who set it.")
    creationTime: str = Field(
        description="When it was created (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    updateTime: str = Field(
        description="When it was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class StudentSubmission(BaseModel):
    """One submission."""

    id: StudentSubmissionId
    courseId: CourseId = Field(description="The course.")
    courseWorkId: CourseWorkId = Field(description="The course work it is an answer to.")
    userId: UserProfileId = Field(description="The student who owns it.")
    studentName: str = Field(description="First and last name of that student.")
    state: StudentSubmissionState = Field(
        description=(
            "NEW before the student has opened it, CREATED since; then TURNED_IN, RETURNED, or RECLAIMED_BY_STUDENT "
            "when it was taken back."
        ),
    )
    draftGrade: float | None = Field(default=None, description="A grade that only teachers see.")
    assignedGrade: float | None = Field(default=None, description="The grade that the student sees.")
    creationTime: str = Field(
        description="When it was created (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    updateTime: str = Field(
        description="When it was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class Invitation(BaseModel):
    """One invitation."""

    id: InvitationId
    courseId: CourseId = Field(description="The course.")
    userId: UserProfileId = Field(description="Who is invited.")
    role: InvitationRole = Field(description="What the user is to become in the course.")


class Announcement(BaseModel):
    """One announcement."""

    id: AnnouncementId
    courseId: CourseId = Field(description="The course.")
    text: str = Field(description="What is announced; at most 30000 characters.")
    state: AnnouncementState = Field(
        description="Whether students see it (PUBLISHED), do not yet (DRAFT) or no longer (DELETED).",
    )
    creatorUserId: UserProfileId = Field(description="Who wrote it.")
    creationTime: str = Field(
        description="When it was created (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    updateTime: str = Field(
        description="When it was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class CoursePage(BaseModel):
    """A page of a list, each item one course."""

    courses: list[Course]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class CourseWorkPage(BaseModel):
    """A page of a list, each item one assignment."""

    courseWork: list[CourseWork]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class StudentSubmissionPage(BaseModel):
    """A page of a list, each item one submission."""

    studentSubmissions: list[StudentSubmission]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class StudentPage(BaseModel):
    """A page of a list, each item one student."""

    students: list[Student]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class AnnouncementPage(BaseModel):
    """A page of a list, each item one announcement."""

    announcements: list[Announcement]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class TopicPage(BaseModel):
    """A page of a list, each item one topic."""

    topic: list[Topic]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")
