"""The files, columns and words of OneRoster CSV that are read, and those that never are.

From the 1EdTech OneRoster 1.1 and 1.2 CSV bindings. ``password``, telephone numbers and the files
of demographics, results and user profiles (which may hold credentials) are left where they are.
"""

from __future__ import annotations

from collections.abc import Mapping

from auditor.model import ClassRole, HatRole
from connectors.csvdrop import Layout
from connectors.csvfile import Columns

ORGS, USERS, ROLES = "orgs.csv", "users.csv", "roles.csv"
CLASSES, ENROLLMENTS, MANIFEST = "classes.csv", "enrollments.csv", "manifest.csv"
READ = (ORGS, USERS, ROLES, CLASSES, ENROLLMENTS)

LAYOUT = Layout(
    wanted=(*READ, MANIFEST),
    unused=(
        "academicSessions.csv",
        "categories.csv",
        "classResources.csv",
        "courseResources.csv",
        "courses.csv",
        "demographics.csv",
        "lineItemLearningObjectiveIds.csv",
        "lineItems.csv",
        "lineItemScoreScales.csv",
        "resources.csv",
        "resultLearningObjectiveIds.csv",
        "results.csv",
        "resultScoreScales.csv",
        "scoreScales.csv",
        "userProfiles.csv",
        "userResources.csv",
    ),
    key=(USERS,),
)

_ALWAYS_UNUSED = ("dateLastModified", "dataLastModified")
MANIFEST_COLUMNS = Columns(required=("propertyName", "value"))
COLUMNS: Mapping[str, Columns] = {
    ORGS: Columns(
        required=("sourcedId", "name", "type"),
        optional=("status",),
        unused=(*_ALWAYS_UNUSED, "identifier", "parentSourcedId"),
    ),
    USERS: Columns(
        required=("sourcedId", "givenName", "familyName", "email"),
        optional=(
            "status", "role", "orgSourcedIds", "username", "userIds", "identifier",
            "agentSourcedIds", "grades", "userMasterIdentifier", "preferredGivenName",
            "preferredFamilyName",
        ),
        unused=(
            *_ALWAYS_UNUSED, "enabledUser", "middleName", "sms", "phone", "password",
            "preferredMiddleName", "primaryOrgSourcedId", "pronouns",
        ),
        aliases={
            "prefferedGivenName": "preferredGivenName",
            "prefferedFamilyName": "preferredFamilyName",
            "agentSourceIds": "agentSourcedIds",
            "orgSourceIds": "orgSourcedIds",
        },
    ),
    ROLES: Columns(
        required=("userSourcedId", "role", "orgSourcedId"),
        optional=("sourcedId", "status", "beginDate", "endDate"),
        unused=(*_ALWAYS_UNUSED, "roleType", "userProfileSourcedId"),
    ),
    CLASSES: Columns(
        required=("sourcedId", "title", "schoolSourcedId"),
        optional=("status",),
        unused=(
            *_ALWAYS_UNUSED, "grades", "courseSourcedId", "classCode", "classType", "location",
            "termSourcedIds", "subjects", "subjectCodes", "periods",
        ),
    ),
    ENROLLMENTS: Columns(
        required=("classSourcedId", "userSourcedId", "role"),
        optional=("sourcedId", "status", "beginDate", "endDate"),
        unused=(*_ALWAYS_UNUSED, "schoolSourcedId", "primary"),
    ),
}  # fmt: skip

SCHOOL = "school"
GONE = frozenset(("tobedeleted", "inactive"))
"""States of a row that say it is not there any more (``inactive`` is of early 1.1 files)."""
STATUSES = GONE | {"active", ""}

HATS: Mapping[str, HatRole] = {
    "student": HatRole.STUDENT,
    "guardian": HatRole.GUARDIAN,
    "parent": HatRole.GUARDIAN,
    "relative": HatRole.GUARDIAN,
    "teacher": HatRole.STAFF,
    "aide": HatRole.STAFF,
    "administrator": HatRole.STAFF,
    "principal": HatRole.STAFF,
    "counselor": HatRole.STAFF,
    "proctor": HatRole.STAFF,
    "districtadministrator": HatRole.STAFF,
    "siteadministrator": HatRole.STAFF,
    "systemadministrator": HatRole.STAFF,
}
"""Role words of both editions, as ``csvfile.plain_heading`` reduces them."""

CLASS_ROLES: Mapping[str, ClassRole | None] = {
    "student": ClassRole.STUDENT,
    "teacher": ClassRole.TEACHER,
    "aide": ClassRole.AIDE,
    "administrator": None,
    "proctor": None,
    "guardian": None,
    "parent": None,
    "relative": None,
}
"""None: a place in a class that makes nobody a teacher, aide or student of it."""
