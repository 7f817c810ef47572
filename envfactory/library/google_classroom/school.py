"""What the tools share: who the user is, what they may do in a course, and what belongs to what."""

from __future__ import annotations

from collections.abc import Sequence

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .shown import is_late

ME = "me"
"""What callers may write for the id of the user who makes the requests."""
OWNERS_ONLY = ("PROVISIONED", "DECLINED")
"""In these states a course is there for its owner alone."""
ALL_WORK = "-"
"""What callers may write for all published course work of a course."""
NEXT_STATES = {
    "ACTIVE": ("ARCHIVED",),
    "ARCHIVED": ("ACTIVE",),
    "PROVISIONED": ("ACTIVE", "DECLINED"),
    "DECLINED": ("PROVISIONED",),
}
"""What a course in each state can become."""
OPEN = ("ACTIVE", "PROVISIONED")
"""In these states teachers may change what is in a course."""


class School(Environment):
    """Courses and the people in them; the tools stand in `overrides.py`."""

    # People ----------------------------------------------------------------------------------------------------------

    @property
    def me(self) -> Row:
        """The user who makes the requests."""
        return self.need("user_profiles", "user", isMe=True)

    def user(self, named: str) -> Row:
        """Somebody by id, by address or as `me`; raises ToolError."""
        if named == ME:
            return self.me
        return self.db.get("user_profiles", emailAddress=named) or self.need("user_profiles", "user", id=named)

    def teaches(self, course: Row, user: Row) -> bool:
        """Whether a user is one of the course's teachers."""
        return self.db.get("teachers", courseId=course["id"], userId=user["id"]) is not None

    def learns(self, course: Row, user: Row) -> bool:
        """Whether a user is one of the course's students."""
        return self.db.get("students", courseId=course["id"], userId=user["id"]) is not None

    # Courses ---------------------------------------------------------------------------------------------------------

    def visible(self, course: Row) -> bool:
        """Whether the user may see a course: as teacher or student, or, while it is not open, as its owner."""
        me = self.me
        if course["courseState"] in OWNERS_ONLY:
            return bool(course["ownerId"] == me["id"])
        return self.teaches(course, me) or self.learns(course, me)

    def course(self, course: str) -> Row:
        """A course that the user may see; raises ToolError."""
        row = self.need("courses", "course", id=course)
        if not self.visible(row):
            raise ToolError("you are neither a teacher nor a student of this course", code="forbidden")
        return row

    def taught(self, course: str) -> Row:
        """A course that the user teaches; raises ToolError."""
        row = self.course(course)
        if not self.teaches(row, self.me):
            raise ToolError(f"only a teacher of {row['name']!r} can do this", code="forbidden")
        return row

    def workshop(self, course: str) -> Row:
        """A course in which the user, as a teacher, may change things; raises ToolError."""
        row = self.taught(course)
        if row["courseState"] not in OPEN:
            raise ToolError(f"{row['name']!r} is {row['courseState'].lower()}: nothing in it can be changed")
        return row

    # What is in a course ---------------------------------------------------------------------------------------------

    def work(self, course: Row, work: str) -> Row:
        """Course work that the user may see; raises ToolError."""
        what = f"course work in {course['name']!r} with the id"
        row = self.need("course_work", what, courseId=course["id"], id=work)
        if row["state"] != "PUBLISHED" and not self.teaches(course, self.me):
            raise ToolError(f"there is no {what} {work!r}", code="not_found")
        return row

    def standing_work(self, course: Row, work: str) -> Row:
        """Course work that was not deleted; raises ToolError."""
        row = self.work(course, work)
        if row["state"] == "DELETED":
            raise ToolError(f"{row['title']!r} was deleted")
        return row

    def submissions(self, course: Row, work: str, owner: str | None, states: Sequence[str] | None) -> list[Row]:
        """Submissions that the user may see, each with `late`, of one piece of work or of all that is published; a
        student gets their own, without draft grades. Raises ToolError."""
        whose = None if owner is None else self.user(owner)["id"]
        if work == ALL_WORK:
            works = self.db.find("course_work", courseId=course["id"], state="PUBLISHED")
        else:
            works = [self.work(course, work)]
        found = [
            row | {"late": is_late(row, task, self.now)}
            for task in works
            for row in self.db.find("student_submissions", courseWorkId=task["id"])
            if (whose is None or row["userId"] == whose) and (not states or row["state"] in states)
        ]
        found.sort(key=lambda row: row["seq"])
        me = self.me
        if self.teaches(course, me):
            return found
        return [row | {"draftGrade": None} for row in found if row["userId"] == me["id"]]

    def submission(self, course: str, work: str, submission: str) -> tuple[Row, Row, Row]:
        """A submission that somebody may still do something to, with its course and course work; raises ToolError.

        Whether the user is the one who may is for the tool to say.
        """
        home = self.course(course)
        task = self.work(home, work)
        row = self.need("student_submissions", "submission of this course work", courseWorkId=work, id=submission)
        if home["courseState"] != "ACTIVE":
            raise ToolError(f"{home['name']!r} is not active: its submissions stay as they are")
        if task["state"] == "DELETED":
            raise ToolError(f"{task['title']!r} was deleted: its submissions stay as they are")
        return home, task, row

    def own_submission(self, course: str, work: str, submission: str) -> Row:
        """The user's own submission; raises ToolError for anybody else's."""
        _, _, row = self.submission(course, work, submission)
        if row["userId"] != self.me["id"]:
            raise ToolError("only the student who owns a submission can do this", code="forbidden")
        return row

    def students_submission(self, course: str, work: str, submission: str) -> tuple[Row, Row]:
        """A student's submission for their teacher, with its course work; raises ToolError for who is no teacher."""
        home, task, row = self.submission(course, work, submission)
        if not self.teaches(home, self.me):
            raise ToolError(f"only a teacher of {home['name']!r} can do this", code="forbidden")
        return task, row

    def stated(self, table: str, course: Row, states: Sequence[str] | None) -> list[Row]:
        """Rows of a course in some states, the latest first; students only get what is published."""
        wanted = set(states or ["PUBLISHED"])
        if not self.teaches(course, self.me):
            wanted &= {"PUBLISHED"}
        found = [row for row in self.db.find(table, courseId=course["id"]) if row["state"] in wanted]
        return sorted(found, key=lambda row: row["seq"], reverse=True)

    def check_topic(self, course: Row, topic: str | None) -> None:
        """Refuse a topic that the course does not have; raises ToolError."""
        if topic is not None:
            self.need("topics", f"topic of {course['name']!r} with the id", courseId=course["id"], topicId=topic)

    # Writing ---------------------------------------------------------------------------------------------------------

    @property
    def stamps(self) -> Row:
        """When a row was made and changed, for one that is made now."""
        return {"creationTime": self.timestamp, "updateTime": self.timestamp}

    def add(self, table: str, row: Row) -> None:
        """Add a row behind all others of its table."""
        self.db.insert(table, row | {"seq": self.db.next_number(table, "seq")})

    def hand_out(self, work: Row) -> None:
        """Give every student of the course a new submission of course work."""
        for student in self.db.rows(
            "SELECT * FROM students WHERE courseId = ? ORDER BY seq, userId", [work["courseId"]]
        ):
            row: Row = {
                "id": self.new_id(length=20),
                "courseId": work["courseId"],
                "courseWorkId": work["id"],
                "userId": student["userId"],
                "studentName": student["fullName"],
                **self.stamps,
            }
            self.add("student_submissions", row)

    def change_submission(self, submission: Row, changes: Row) -> Row:
        """Write changes of a submission, with their time; the row as it is then."""
        changes = changes | {"updateTime": self.timestamp}
        self.db.update("student_submissions", changes, id=submission["id"])
        return submission | changes
