"""Names of people who exist only in tests."""

import itertools

FIRST = ("Lia", "Rui", "Eva", "Ivo", "Nara", "Davi", "Rosa", "Caio", "Inês", "Otto", "Gael", "Zilda", "Yuri", "Hugo", "Flora", "Breno")
LAST = ("Alves", "Braga", "Castro", "Duarte", "Freitas", "Gomes", "Leal", "Moraes", "Nunes", "Prado")
_names = (f"{first} {last}" for last, first in itertools.product(LAST, FIRST))


def new_name() -> str:
    """A name that nobody else in this process was given."""
    return next(_names)
