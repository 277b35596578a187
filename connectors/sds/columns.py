"""The files, columns and words of School Data Sync CSV that are read, and those that never are.

From Microsoft's pages "SDS V1 CSV file format", "SDS V2.1 CSV file format", "Parent and Guardian
Sync File Format" and "Default list of values". Passwords, birth dates, telephone numbers and the
file of demographics are left where they are; a State ID is often that of the state, not the
person, so it names nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

from auditor.model import ClassRole, HatRole
from connectors.csvdrop import Layout
from connectors.csvfile import Columns

# ---- edition 1 -------------------------------------------------------------------------------

SCHOOL, SECTION, STUDENT, TEACHER = "School.csv", "Section.csv", "Student.csv", "Teacher.csv"
ENROLLED, TAUGHT = "StudentEnrollment.csv", "TeacherRoster.csv"
CONTACTS, CONTACT_OF = "user.csv", "guardianrelationship.csv"
V1_REQUIRED = (SCHOOL, STUDENT, TEACHER, SECTION, ENROLLED, TAUGHT)

_PERSON = ("SIS ID", "School SIS ID", "First Name", "Last Name")
_PERSON_UNUSED = ("Password", "State ID", "Middle Name", "Phone")
_PLACE = Columns(required=("Section SIS ID", "SIS ID"))

# ---- edition 2.1 -----------------------------------------------------------------------------

ORGS, USERS, ROLES = "orgs.csv", "users.csv", "roles.csv"
CLASSES, ENROLLMENTS, RELATIONSHIPS = "classes.csv", "enrollments.csv", "relationships.csv"
V21_REQUIRED = (ORGS, USERS, ROLES)

LAYOUT = Layout(
    wanted=(
        *V1_REQUIRED, CONTACTS, CONTACT_OF,
        *V21_REQUIRED, CLASSES, ENROLLMENTS, RELATIONSHIPS,
    ),
    unused=("academicSessions.csv", "courses.csv", "demographics.csv", "userFlags.csv"),
    key=(STUDENT, USERS),
)  # fmt: skip

COLUMNS: Mapping[str, Columns] = {
    SCHOOL: Columns(
        required=("SIS ID", "Name"),
        unused=(
            "School Number", "School NCES_ID", "State ID", "Grade Low", "Grade High",
            "Principal SIS ID", "Principal Name", "Principal Secondary Email", "Address", "City",
            "State", "Country", "Zip", "Phone", "Zone",
        ),
    ),
    STUDENT: Columns(
        required=_PERSON,
        optional=("Username", "Secondary Email", "Student Number", "Grade", "Status"),
        unused=(*_PERSON_UNUSED, "Birthdate", "Graduation Year", "Mailing Address"),
    ),
    TEACHER: Columns(
        required=_PERSON,
        optional=("Username", "Secondary Email", "Teacher Number", "Status"),
        unused=(*_PERSON_UNUSED, "Title", "Qualification"),
    ),
    SECTION: Columns(
        required=("SIS ID", "School SIS ID", "Section Name"),
        optional=("Term StartDate", "Term EndDate", "Status"),
        unused=(
            "Section Number", "Term SIS ID", "Term Name", "Course SIS ID", "Course Name",
            "Course Number", "Course Description", "Course Subject", "Periods",
        ),
    ),
    ENROLLED: _PLACE,
    TAUGHT: _PLACE,
    CONTACTS: Columns(
        required=("Email", "First Name", "Last Name"), optional=("SIS ID",), unused=("Phone",)
    ),
    CONTACT_OF: Columns(required=("SIS ID", "Email"), optional=("Role",)),
    ORGS: Columns(required=("sourcedId", "name", "type"), unused=("parentSourcedId",)),
    USERS: Columns(
        required=("sourcedId", "username"),
        optional=("givenName", "familyName", "email", "activeDirectoryMatchId"),
        unused=("password", "phone", "sms"),
    ),
    ROLES: Columns(
        required=("userSourcedId", "orgSourcedId", "role"),
        optional=("grade", "roleStartDate", "roleEndDate"),
        unused=("sessionSourcedId", "isPrimary"),
    ),
    CLASSES: Columns(
        required=("sourcedId", "orgSourcedId", "title"),
        unused=("sessionSourcedIds", "courseSourcedId", "code"),
    ),
    ENROLLMENTS: Columns(required=("classSourcedId", "userSourcedId", "role")),
    RELATIONSHIPS: Columns(
        required=("userSourcedId", "relationshipUserSourcedId", "relationshipRole")
    ),
}  # fmt: skip

GONE = frozenset(("inactive", "deleted", "tobedeleted"))
STATUSES = GONE | {"active", ""}

FAMILY = frozenset(("parent", "guardian", "relative"))
"""Relations that make somebody a student's guardian; doctors and others are none."""

_STAFF = (
    "principal", "chair", "professor", "researcher", "adjunct", "affiliate",
    "occupationaltherapist", "physicaltherapist", "speechtherapist", "visiontherapist",
    "paraprofessional", "specialservices", "advisor", "proctor", "nurse", "officestaff",
    "lecturer", "itadmin", "administrator", "teacher", "faculty", "staff", "teacherassistant",
    "assistant", "instructor", "substitute", "coach", "aide", "counselor",
)  # fmt: skip
HATS: Mapping[str, HatRole | None] = {
    **dict.fromkeys(_STAFF, HatRole.STAFF),
    "student": HatRole.STUDENT,
    **dict.fromkeys(FAMILY, HatRole.GUARDIAN),
    "alumni": None,
    "other": None,
}
"""Role words as ``csvfile.plain_heading`` reduces them; a coach here may well be one of reading."""

_ASSISTING = ("teacherassistant", "assistant", "aide", "paraprofessional")
CLASS_ROLES: Mapping[str, ClassRole | None] = {
    **dict.fromkeys(HATS),
    **dict.fromkeys(("teacher", "instructor", "faculty", "substitute"), ClassRole.TEACHER),
    **dict.fromkeys(("professor", "lecturer", "adjunct"), ClassRole.TEACHER),
    **dict.fromkeys(_ASSISTING, ClassRole.AIDE),
    "student": ClassRole.STUDENT,
}
