"""Worlds of chance: every kind of fact with days of its own, in numbers small enough to collide."""

from __future__ import annotations

from random import Random

from auditor.caseworld import FIRST_DAY, World


class Chance:
    """A few people with many hats, addresses, lists and teams, each for some days only.

    Each seed has keys of its own, so that one run judges many such worlds.
    """

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.rng, self.base = world, Random(seed), (seed + 1) * 10_000
        self.people = self.keys(1, 12)
        self.staff, self.students = self.people[:5], self.people[5:10]
        self.guardians = [*self.people[10:], self.staff[0]]
        self.addresses, self.lists = self.keys(101, 130), self.keys(131, 133)
        self.threads: list[int | None] = [None, *self.keys(301, 308)]

    def keys(self, first: int, last: int) -> list[int]:
        return [self.base + n for n in range(first, last + 1)]

    def span(self) -> tuple[int, int]:
        if self.rng.random() < 0.5:
            return (-719_162, 2_932_896)
        first = FIRST_DAY + self.rng.randrange(-4, 14)
        return (first, first + self.rng.randrange(1, 12))

    def tell(self) -> None:
        self.hats()
        self.groups()
        for key in self.keys(1001, 1120):
            day, thread = FIRST_DAY + self.rng.randrange(-3, 18), self.rng.choice(self.threads)
            for _ in range(self.rng.choice([1, 1, 1, 2])):
                self.copy(key, day, thread if self.rng.random() < 0.9 else None)

    def hats(self) -> None:
        world, rng = self.world, self.rng
        for person in self.people:
            world.person.append((person, f"p{person}", "Given", "Sample", None))
            usual = "staff" if person in self.staff else "guardian"
            usual = "student" if person in self.students else usual
            world.person_role.append((person, usual, None, *self.span()))
            if rng.random() < 0.3:
                extra = rng.choice(["student", "system", "coach", "adviser", "volunteer"])
                world.person_role.append((person, extra, None, *self.span()))
        for address in self.addresses:
            kind = rng.choice(["district", "district", "personal", "outside", "person-id"])
            owner = rng.choice(self.people)
            world.person_address.append((address, owner, kind, *self.span()))

    def groups(self) -> None:
        world, rng = self.world, self.rng
        for group in self.lists:
            world.list_address.append((group,))
            for member in rng.sample(self.addresses, rng.randrange(4)):
                world.group_member.append((group, member, *self.span()))
        for team in self.keys(201, 202):
            lead = rng.choice(["head_coach", "assistant_coach", "adviser"])
            world.team_member.append((team, rng.choice(self.staff), lead, *self.span()))
            for student in rng.sample(self.students, rng.randrange(1, 6)):
                role = rng.choice(["athlete", "athlete", "member", "manager"])
                world.team_member.append((team, student, role, *self.span()))
        for class_key in self.keys(401, 403):
            for role in ("teacher", "student"):
                person = rng.choice(self.people)
                world.class_member.append((class_key, person, role, *self.span()))
            pair = (rng.choice(self.guardians), rng.choice(self.students))
            world.guardian.append((*pair, *self.span()))

    def copy(self, key: int, day: int, thread: int | None) -> None:
        world, rng = self.world, self.rng
        automated = rng.choice(["no"] * 8 + ["list", "bulk", "calendar", "notification"])
        on_behalf, hidden, unparsed = (rng.random() < 0.05 for _ in range(3))
        container = rng.choice([None, None, None, *self.keys(501, 502)])
        channel = rng.choice(["email", "email", "chat", "lms-message"])
        sent_at = (day * 1440 + rng.randrange(1440)) * 60_000_000
        world.message.append(
            (
                *(key, len(world.message), "chance", f"m{key}", "chance", channel, sent_at, day),
                *(600, thread, container, automated),
                *(rng.choice(self.addresses) if on_behalf else None, hidden, int(unparsed)),
            )
        )
        parties = [(rng.choice(self.addresses), "from")]
        for address in rng.sample([*self.addresses, *self.lists, 999], rng.randrange(1, 4)):
            parties.append((address, rng.choice(["to", "cc", "member", "unknown"])))
        for address, role in parties:
            via = rng.choice(self.lists) if rng.random() < 0.05 else None
            world.party.append((key, address, role, via, day))
