"""Every situation that a customer's conversation can be in, and who is what to it: written by hand, to hold the rules' own table to it.

Ana and Fred are admins; Bruno, Carla, Dora and Eva are agents. Whoever is nothing to a situation is an outsider: to them it does not exist.
"""

from dataclasses import dataclass, field

ADMINS = ("ana", "fred")
AGENTS = ("bruno", "carla", "dora", "eva")
PEOPLE = (*ADMINS, *AGENTS)
Relations = dict[str, set[str]]


@dataclass(frozen=True)
class Situation:
    """`offer` is (from, to). `relations`: what those are who are something special; `others`: what the remaining agents are."""

    name: str
    state: str = "open"
    visibility: str = "public"
    holder: str | None = None
    offer: tuple[str, str] | None = None
    relations: Relations = field(default_factory=dict)
    others: frozenset[str] = frozenset()

    def of(self, person: str) -> set[str]:
        """What `person` is to it; nothing: an outsider."""
        return self.relations.get(person, set(self.others))

    @property
    def outsiders(self) -> list[str]:
        """To whom it does not exist."""
        return [person for person in PEOPLE if not self.of(person)]

    @property
    def readers(self) -> list[str]:
        """All the others."""
        return [person for person in PEOPLE if self.of(person)]

    @property
    def one_of_each(self) -> list[str]:
        """Somebody for everything that people are to it, an outsider too if there are any."""
        return list({frozenset(self.of(person)): person for person in PEOPLE}.values())


FREE, COLLEAGUE = frozenset({"free"}), frozenset({"colleague"})


def _admins(*facts: str, **more: set[str]) -> Relations:
    return {**{admin: {"admin", *facts} for admin in ADMINS}, **more}


SITUATIONS = [
    Situation("nobody's", relations=_admins("free"), others=FREE),
    Situation(
        "nobody's, offered",
        offer=("eva", "dora"),
        relations=_admins("free", eva={"free", "offerer"}, dora={"free", "offered"}),
        others=FREE,
    ),
    Situation("held", holder="bruno", relations=_admins("colleague", bruno={"holder"}), others=COLLEAGUE),
    Situation(
        "held, offered",
        holder="bruno",
        offer=("bruno", "dora"),
        relations=_admins("colleague", bruno={"holder", "offerer"}, dora={"colleague", "offered"}),
        others=COLLEAGUE,
    ),
    Situation(
        "held, offered by an admin",
        holder="bruno",
        offer=("ana", "dora"),
        relations={
            **_admins("colleague", bruno={"holder"}, dora={"colleague", "offered"}),
            "ana": {"admin", "colleague", "offerer"},
        },
        others=COLLEAGUE,
    ),
    Situation("an admin's", holder="ana", relations={**_admins("colleague"), "ana": {"admin", "holder"}}, others=COLLEAGUE),
    Situation("private", visibility="private", holder="bruno", relations=_admins(bruno={"holder"})),
    Situation(
        "private, offered",
        visibility="private",
        holder="bruno",
        offer=("bruno", "dora"),
        relations=_admins(bruno={"holder", "offerer"}, dora={"offered"}),
    ),
    Situation(
        "private, offered by an admin",
        visibility="private",
        holder="bruno",
        offer=("ana", "dora"),
        relations={**_admins(bruno={"holder"}, dora={"offered"}), "ana": {"admin", "offerer"}},
    ),
    Situation("private, an admin's", visibility="private", holder="ana", relations={**_admins(), "ana": {"admin", "holder"}}),
    Situation("private, nobody's", visibility="private", relations=_admins("free")),
    Situation(
        "private, nobody's, offered by somebody who may no longer read it",
        visibility="private",
        offer=("eva", "dora"),
        relations=_admins("free", dora={"free", "offered"}),
    ),
    Situation("finished, nobody's", state="finished", relations=_admins("free"), others=FREE),
    Situation("finished", state="finished", holder="bruno", relations=_admins("colleague", bruno={"holder"}), others=COLLEAGUE),
    Situation("finished, private", state="finished", visibility="private", holder="bruno", relations=_admins(bruno={"holder"})),
    Situation("finished, private, nobody's", state="finished", visibility="private", relations=_admins("free")),
]
