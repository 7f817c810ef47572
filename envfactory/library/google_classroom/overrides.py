"""What no default can know of Classroom: who may do what in which state, and what comes of publishing and grading."""

from __future__ import annotations

from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .arguments import (
    About,
    AnnouncementOrder,
    AnnouncementStates,
    AnyWork,
    AssignedGrade,
    ByStudent,
    CourseKey,
    CourseName,
    CourseStates,
    DraftGrade,
    DueDate,
    DueTime,
    FirstState,
    Instructions,
    Invited,
    Lateness,
    MaxPoints,
    NewState,
    Page,
    PageToken,
    Part,
    Publish,
    Room,
    Section,
    ShownOrNot,
    StudentFilter,
    StudentKey,
    SubmissionKey,
    SubmissionStates,
    TeacherFilter,
    Title,
    TopicName,
    TopicRef,
    Words,
    WorkKey,
    WorkOrder,
    WorkStates,
    WorkType,
)
from .entities import (
    Announcement,
    AnnouncementPage,
    Course,
    CoursePage,
    CourseWork,
    CourseWorkPage,
    Invitation,
    StudentPage,
    Topic,
    TopicPage,
)
from .school import NEXT_STATES, OPEN, School
from .shown import ShownSubmission, ShownSubmissions, check_due, check_name, due_fields, is_late, ordered, whole_points


class Overrides(School):
    """Tools written by hand."""

    # Courses ---------------------------------------------------------------------------------------------------------

    @tool()
    def courses_list(
        self,
        courseStates: CourseStates | None = None,
        teacherId: TeacherFilter | None = None,
        studentId: StudentFilter | None = None,
        pageSize: Page = 100,
        pageToken: PageToken | None = None,
    ) -> CoursePage:
        """List the courses in which the user teaches or learns, the newest first."""
        if teacherId is not None and studentId is not None:
            raise ToolError("list by a teacher or by a student, not by both", code="invalid_arguments")
        teacher = None if teacherId is None else self.user(teacherId)
        student = None if studentId is None else self.user(studentId)
        rows = [
            row
            for row in self.db.rows("SELECT * FROM courses ORDER BY creationTime DESC, seq DESC, id")
            if self.visible(row)
            and (not courseStates or row["courseState"] in courseStates)
            and (teacher is None or self.teaches(row, teacher))
            and (student is None or self.learns(row, student))
        ]
        rows, following = self.page(rows, pageSize, pageToken)
        return CoursePage.model_validate({"courses": rows, "nextPageToken": following})

    @tool(writes=True)
    def courses_create(
        self,
        name: CourseName,
        section: Section | None = None,
        description: About | None = None,
        room: Room | None = None,
        courseState: FirstState = "PROVISIONED",
    ) -> Course:
        """Create a course of the user's own."""
        check_name(name)
        owner = self.me["id"]
        row: Row = {
            "id": self.new_id(length=12),
            "name": name,
            "section": section,
            "description": description,
            "room": room,
            "ownerId": owner,
            "courseState": courseState,
            **self.stamps,
        }
        self.add("courses", row)
        self.add("teachers", {"courseId": row["id"], "userId": owner})
        return Course.model_validate(row)

    @tool(writes=True)
    def courses_patch(
        self,
        id: CourseKey,
        name: CourseName | None = None,
        section: Section | None = None,
        description: About | None = None,
        room: Room | None = None,
        courseState: NewState | None = None,
    ) -> Course:
        """Change what is given of a course: name, section, room, description or state. ACTIVE becomes ARCHIVED and
        back, PROVISIONED becomes ACTIVE or DECLINED, DECLINED becomes PROVISIONED."""
        row = self.taught(id)
        texts = self.given({"name": name, "section": section, "description": description, "room": room})
        if not texts and courseState is None:
            raise ToolError("say what to change", code="invalid_arguments")
        now = row["courseState"]
        if texts and now not in OPEN:
            raise ToolError(f"{row['name']!r} is {now.lower()}: only its state can be changed")
        if name is not None:
            check_name(name)
        if courseState is not None and courseState not in NEXT_STATES[now] and not (courseState == now and texts):
            raise ToolError(f"{row['name']!r} is {now}: it can become {' or '.join(NEXT_STATES[now])}")
        changes = texts | self.given({"courseState": courseState, "updateTime": self.timestamp})
        self.db.update("courses", changes, id=id)
        return Course.model_validate(row | changes)

    # Course work -----------------------------------------------------------------------------------------------------

    @tool()
    def course_work_list(
        self,
        courseId: CourseKey,
        courseWorkStates: WorkStates | None = None,
        orderBy: WorkOrder = "updateTime desc",
        pageSize: Page = 100,
        pageToken: PageToken | None = None,
    ) -> CourseWorkPage:
        """List the course work of a course: what is published, unless other states are asked for."""
        course = self.course(courseId)
        rows = self.stated("course_work", course, courseWorkStates)
        rows = ordered(rows, orderBy, ("updateTime", "dueDate"))
        rows, following = self.page(rows, pageSize, pageToken)
        return CourseWorkPage.model_validate({"courseWork": rows, "nextPageToken": following})

    @tool(writes=True)
    def course_work_create(
        self,
        courseId: CourseKey,
        title: Title,
        description: Instructions | None = None,
        state: ShownOrNot = "DRAFT",
        workType: WorkType = "ASSIGNMENT",
        maxPoints: MaxPoints | None = None,
        dueDate: DueDate | None = None,
        dueTime: DueTime | None = None,
        topicId: TopicRef | None = None,
    ) -> CourseWork:
        """Set course work in a course: a draft, or published at once."""
        course = self.workshop(courseId)
        self.check_topic(course, topicId)
        row: Row = {
            "id": self.new_id(length=12),
            "courseId": course["id"],
            "title": title,
            "description": description,
            "state": state,
            "workType": workType,
            "maxPoints": whole_points(maxPoints),
            "dueDate": None,
            "dueTime": None,
            "topicId": topicId,
            "creatorUserId": self.me["id"],
            **due_fields(dueDate, dueTime),
            **self.stamps,
        }
        check_due(row)
        self.add("course_work", row)
        if state == "PUBLISHED":
            self.hand_out(row)
        return CourseWork.model_validate(row)

    @tool(writes=True)
    def course_work_patch(
        self,
        courseId: CourseKey,
        id: WorkKey,
        title: Title | None = None,
        description: Instructions | None = None,
        state: Publish | None = None,
        maxPoints: MaxPoints | None = None,
        dueDate: DueDate | None = None,
        dueTime: DueTime | None = None,
        topicId: TopicRef | None = None,
    ) -> CourseWork:
        """Change what is given of course work. Publishing a draft hands it out to the students; published work cannot
        become a draft."""
        course = self.workshop(courseId)
        row = self.standing_work(course, id)
        self.check_topic(course, topicId)
        changes = self.given({"title": title, "description": description, "state": state, "topicId": topicId})
        changes |= due_fields(dueDate, dueTime)
        if maxPoints is not None:
            changes["maxPoints"] = whole_points(maxPoints)
        if not changes:
            raise ToolError("say what to change", code="invalid_arguments")
        check_due(row | changes)
        if row["state"] == "PUBLISHED" and state == "DRAFT":
            raise ToolError(f"{row['title']!r} is published and cannot be a draft again")
        changes["updateTime"] = self.timestamp
        self.db.update("course_work", changes, id=id)
        if row["state"] == "DRAFT" and state == "PUBLISHED":
            self.hand_out(row)
        return CourseWork.model_validate(row | changes)

    @tool(writes=True)
    def course_work_delete(self, courseId: CourseKey, id: WorkKey) -> None:
        """Delete course work: what was published is marked as deleted, a draft is gone."""
        row = self.standing_work(self.workshop(courseId), id)
        if row["state"] == "DRAFT":
            self.db.delete("course_work", id=id)
        else:
            self.db.update("course_work", {"state": "DELETED", "updateTime": self.timestamp}, id=id)

    # Submissions -----------------------------------------------------------------------------------------------------

    @tool()
    def student_submissions_list(
        self,
        courseId: CourseKey,
        courseWorkId: AnyWork,
        userId: ByStudent | None = None,
        states: SubmissionStates | None = None,
        late: Lateness | None = None,
        pageSize: Page = 100,
        pageToken: PageToken | None = None,
    ) -> ShownSubmissions:
        """List the submissions of course work, or with `-` of all that is published in a course: all of them for a
        teacher, their own for a student."""
        course = self.course(courseId)
        rows = self.submissions(course, courseWorkId, userId, states)
        rows = [row for row in rows if late is None or row["late"] == (late == "LATE_ONLY")]
        rows, following = self.page(rows, pageSize, pageToken)
        return ShownSubmissions.model_validate({"studentSubmissions": rows, "nextPageToken": following})

    @tool(writes=True)
    def student_submissions_patch(
        self,
        courseId: CourseKey,
        courseWorkId: WorkKey,
        id: SubmissionKey,
        draftGrade: DraftGrade | None = None,
        assignedGrade: AssignedGrade | None = None,
    ) -> ShownSubmission:
        """Grade a submission; only teachers do. A draft grade is for teachers' eyes, an assigned grade is the
        student's."""
        work, row = self.students_submission(courseId, courseWorkId, id)
        grades = self.given({"draftGrade": draftGrade, "assignedGrade": assignedGrade})
        if not grades:
            raise ToolError("give a draft grade, an assigned grade or both", code="invalid_arguments")
        most = work["maxPoints"]
        if not most:
            raise ToolError(f"{work['title']!r} is not graded")
        for name, grade in grades.items():
            if grade > most:
                raise ToolError(f"{name}: {work['title']!r} has at most {most:g} points", code="invalid_arguments")
        row = self.change_submission(row, {name: round(grade, 2) for name, grade in grades.items()})
        return ShownSubmission.model_validate(row | {"late": is_late(row, work, self.now)})

    @tool(writes=True)
    def student_submissions_return(self, courseId: CourseKey, courseWorkId: WorkKey, id: SubmissionKey) -> None:
        """Return a submission that was turned in to its student; only teachers do. Grades stay as they are."""
        _, row = self.students_submission(courseId, courseWorkId, id)
        if row["state"] != "TURNED_IN":
            raise ToolError(f"{row['studentName']} has not turned it in: it is {row['state']}")
        self.change_submission(row, {"state": "RETURNED"})

    @tool(writes=True)
    def student_submissions_turn_in(self, courseId: CourseKey, courseWorkId: WorkKey, id: SubmissionKey) -> None:
        """Turn in the user's own submission; only the student who owns it can."""
        row = self.own_submission(courseId, courseWorkId, id)
        if row["state"] == "TURNED_IN":
            raise ToolError("it is turned in already")
        self.change_submission(row, {"state": "TURNED_IN", "turnedInTime": self.timestamp})

    @tool(writes=True)
    def student_submissions_reclaim(self, courseId: CourseKey, courseWorkId: WorkKey, id: SubmissionKey) -> None:
        """Take back the user's own submission that was turned in; only the student who owns it can."""
        row = self.own_submission(courseId, courseWorkId, id)
        if row["state"] != "TURNED_IN":
            raise ToolError(f"it is not turned in: it is {row['state']}")
        self.change_submission(row, {"state": "RECLAIMED_BY_STUDENT", "turnedInTime": None})

    # Students and invitations ----------------------------------------------------------------------------------------

    @tool()
    def students_list(
        self,
        courseId: CourseKey,
        pageSize: Page = 30,
        pageToken: PageToken | None = None,
    ) -> StudentPage:
        """List the students of a course."""
        course = self.course(courseId)
        rows = self.db.rows("SELECT * FROM students WHERE courseId = ? ORDER BY seq, userId", [course["id"]])
        rows, following = self.page(rows, pageSize, pageToken)
        return StudentPage.model_validate({"students": rows, "nextPageToken": following})

    @tool(writes=True)
    def students_delete(self, courseId: CourseKey, userId: StudentKey) -> None:
        """Remove a student from a course, together with what they handed in."""
        course = self.workshop(courseId)
        student = self.user(userId)
        if self.db.delete("students", courseId=course["id"], userId=student["id"]) == 0:
            raise ToolError(f"{student['fullName']} is no student of {course['name']!r}", code="not_found")
        self.db.delete("student_submissions", courseId=course["id"], userId=student["id"])

    @tool(writes=True)
    def invitations_create(self, courseId: CourseKey, userId: Invited, role: Part) -> Invitation:
        """Invite somebody to a course, to learn or to teach."""
        course = self.workshop(courseId)
        user = self.user(userId)
        if self.teaches(course, user) or (role == "STUDENT" and self.learns(course, user)):
            raise ToolError(f"{user['fullName']} has this role or a greater one in {course['name']!r}")
        if self.db.get("invitations", courseId=course["id"], userId=user["id"]) is not None:
            raise ToolError(f"{user['fullName']} is invited to {course['name']!r} already", code="conflict")
        row: Row = {
            "id": self.new_id(length=16),
            "courseId": course["id"],
            "userId": user["id"],
            "role": role,
        }
        self.add("invitations", row)
        return Invitation.model_validate(row)

    # Announcements and topics ----------------------------------------------------------------------------------------

    @tool()
    def announcements_list(
        self,
        courseId: CourseKey,
        announcementStates: AnnouncementStates | None = None,
        orderBy: AnnouncementOrder = "updateTime desc",
        pageSize: Page = 100,
        pageToken: PageToken | None = None,
    ) -> AnnouncementPage:
        """List the announcements of a course: what is published, unless other states are asked for."""
        rows = self.stated("announcements", self.course(courseId), announcementStates)
        rows, following = self.page(ordered(rows, orderBy, ("updateTime",)), pageSize, pageToken)
        return AnnouncementPage.model_validate({"announcements": rows, "nextPageToken": following})

    @tool(writes=True)
    def announcements_create(self, courseId: CourseKey, text: Words, state: ShownOrNot = "DRAFT") -> Announcement:
        """Write an announcement in a course: a draft, or published at once."""
        row: Row = {
            "id": self.new_id(length=12),
            "courseId": self.workshop(courseId)["id"],
            "text": text,
            "state": state,
            "creatorUserId": self.me["id"],
            **self.stamps,
        }
        self.add("announcements", row)
        return Announcement.model_validate(row)

    @tool()
    def topics_list(self, courseId: CourseKey, pageSize: Page = 100, pageToken: PageToken | None = None) -> TopicPage:
        """List the topics of a course."""
        course = self.course(courseId)
        rows = self.db.rows("SELECT * FROM topics WHERE courseId = ? ORDER BY seq, topicId", [course["id"]])
        rows, following = self.page(rows, pageSize, pageToken)
        return TopicPage.model_validate({"topic": rows, "nextPageToken": following})

    @tool(writes=True)
    def topics_create(self, courseId: CourseKey, name: TopicName) -> Topic:
        """Add a topic to a course."""
        course = self.workshop(courseId)
        name = " ".join(name.split())
        if not 1 <= len(name) <= 100:
            raise ToolError("name: a topic's name has 1 to 100 characters", code="invalid_arguments")
        if self.db.get("topics", courseId=course["id"], name=name) is not None:
            raise ToolError(f"{course['name']!r} has a topic {name!r} already", code="conflict")
        row: Row = {
            "topicId": self.new_id(length=12),
            "courseId": course["id"],
            "name": name,
            "updateTime": self.timestamp,
        }
        self.add("topics", row)
        return Topic.model_validate(row)
