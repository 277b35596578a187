"""The education roster: users with their part in school, schools, classes, who is in them."""

from __future__ import annotations

from benchmarks.pretend.microsoft.calls import (
    METADATA,
    Call,
    Document,
    Handler,
    Refused,
    listing,
    only,
)
from benchmarks.pretend.microsoft.delta import changes
from benchmarks.pretend.microsoft.directory import user_document
from benchmarks.pretend.microsoft.world import Class, School, User

_SHARED = (
    "id", "userPrincipalName", "mail", "mailNickname", "displayName", "givenName", "surname",
    "userType", "accountEnabled", "department", "officeLocation", "businessPhones", "mobilePhone",
    "preferredLanguage", "assignedLicenses",
)  # fmt: skip
"""What the roster tells of a user as the directory does."""
_FULL = ("student", "teacher", "relatedContacts", "officeLocation", "mobilePhone")
"""What only EduRoster.Read.All shows."""
_ALONE = "relatedContacts"
"""Told of one user at a time, and only if asked for."""
_MOST = 999


def education_user(user: User, call: Call) -> Document:
    full = user_document(user, call)
    synced = call.world.edition.classes and bool(user.person_id)
    told: Document = {name: full[name] for name in _SHARED}
    told |= {
        "primaryRole": user.role if synced else "none",
        "externalSource": "sis" if synced else "manual",
        "externalSourceDetail": None,
        "student": None,
        "teacher": None,
    }
    if synced and user.role == "student":
        told["student"] = {
            "externalId": user.person_id,
            "grade": user.grade or None,
            "studentNumber": user.person_id,
            "birthDate": None,
        }
    elif synced and user.role == "teacher":
        told["teacher"] = {"externalId": user.person_id, "teacherNumber": user.person_id}
    if call.may("EduRoster.Read.All"):
        return told
    return {name: value for name, value in told.items() if name not in _FULL}


def _contacts(user: User) -> list[Document]:
    return [
        {
            "displayName": contact.name,
            "emailAddress": contact.address,
            "mobilePhone": contact.phone or None,
            "relationship": contact.relationship,
            "accessConsent": True,
        }
        for contact in user.contacts
    ]


def _users(call: Call) -> list[User]:
    return [user for user in call.world.users if user.here(call.now)]


def _selected(call: Call) -> tuple[str, ...] | None:
    names = call.selected("educationUser")
    return None if names is None else tuple(name for name in names if name != _ALONE)


def list_users(call: Call) -> Document:
    def told(user: User) -> Document:
        return only(education_user(user, call), _selected(call), "id")

    return listing(call, _users(call), call.size(call.world.edition.page, _MOST), told)


def get_user(call: Call) -> Document:
    user, names = call.user(), call.selected("educationUser")
    told = education_user(user, call)
    if names is not None and _ALONE in names and call.may("EduRoster.Read.All"):
        told[_ALONE] = _contacts(user)
    told = only(told, names, "id")
    return {"@odata.context": f"{METADATA}education/users/$entity", **told}


def users_delta(call: Call) -> Document:
    def there(call: Call) -> dict[str, Document]:
        names = _selected(call)
        return {u.id: only(education_user(u, call), names, "id") for u in _users(call)}

    edition = call.world.edition
    return changes(call, there, call.size(edition.page, _MOST), lasts=edition.tokens_last)


# ---- classes ---------------------------------------------------------------------------------


def _class_document(one: Class) -> Document:
    return {
        "id": one.id,
        "displayName": one.title,
        "description": one.title,
        "classCode": None,
        "externalId": one.external_id,
        "externalName": one.title,
        "externalSource": "sis",
        "externalSourceDetail": None,
        "mailNickname": f"class-{one.external_id.lower()}",
        "grade": None,
        "term": {
            "displayName": None,
            "startDate": one.begins or None,
            "endDate": one.ends or None,
        }
        if one.begins or one.ends
        else None,
        "course": None,
    }


def _classes(call: Call) -> list[Class]:
    bought = call.world.edition.classes
    return [one for one in call.world.classes if one.here(call.now)] if bought else []


def list_classes(call: Call) -> Document:
    names = call.selected("educationClass")
    size = call.size(call.world.edition.page, _MOST)
    return listing(call, _classes(call), size, lambda one: only(_class_document(one), names, "id"))


def classes_delta(call: Call) -> Document:
    def there(call: Call) -> dict[str, Document]:
        names = call.selected("educationClass")
        return {one.id: only(_class_document(one), names, "id") for one in _classes(call)}

    edition = call.world.edition
    return changes(call, there, call.size(edition.page, _MOST), lasts=edition.tokens_last)


def _class(call: Call) -> Class:
    found = next((one for one in _classes(call) if one.id == call.path["class"]), None)
    if found is None:
        raise Refused(404, "Request_ResourceNotFound", f"Class '{call.path['class']}' not found.")
    return found


def members(call: Call) -> Document:
    """Return teachers and students of a class: members are both."""
    one = _class(call)
    return _people(call, (*one.teachers, *one.students))


def teachers(call: Call) -> Document:
    return _people(call, _class(call).teachers)


def _people(call: Call, addresses: tuple[str, ...]) -> Document:
    found = [call.known.accounts.user(address) for address in addresses]
    here = [user for user in found if user is not None and user.here(call.now)]
    size = call.size(call.world.edition.page, _MOST)

    def told(user: User) -> Document:
        return only(education_user(user, call), _selected(call), "id")

    return listing(call, here, size, told, context="education/classes/members")


# ---- schools ---------------------------------------------------------------------------------


def _schools(call: Call) -> tuple[School, ...]:
    return call.world.schools if call.world.edition.classes else ()


def list_schools(call: Call) -> Document:
    names = call.selected("educationSchool")

    def told(one: School) -> Document:
        document = {
            "id": one.id,
            "displayName": one.name,
            "description": one.name,
            "externalId": one.external_id,
            "externalSource": "sis",
            "principalName": call.world.canary,
            "schoolNumber": one.external_id,
        }
        return only(document, names, "id")

    return listing(call, _schools(call), call.size(call.world.edition.page, _MOST), told)


def _school(call: Call) -> School:
    found = next((one for one in _schools(call) if one.id == call.path["school"]), None)
    if found is None:
        raise Refused(404, "Request_ResourceNotFound", f"School '{call.path['school']}' not found.")
    return found


def users_of_school(call: Call) -> Document:
    return _people(call, _school(call).members)


def classes_of_school(call: Call) -> Document:
    held = frozenset(_school(call).classes)
    found = [one for one in _classes(call) if one.id in held]
    names = call.selected("educationClass")
    size = call.size(call.world.edition.page, _MOST)
    return listing(call, found, size, lambda one: only(_class_document(one), names, "id"))


HANDLERS: dict[str, Handler] = {
    "education.users.list": list_users,
    "education.users.get": get_user,
    "education.users.delta": users_delta,
    "education.classes.list": list_classes,
    "education.classes.delta": classes_delta,
    "education.classes.members": members,
    "education.classes.teachers": teachers,
    "education.schools.list": list_schools,
    "education.schools.users": users_of_school,
    "education.schools.classes": classes_of_school,
}
