"""Names of people who exist only in tests."""

import itertools

# More than all tests need, for one pytest process may be given nearly all that open a page.
FIRST = (
    *("Lia", "Rui", "Eva", "Ivo", "Nara", "Davi", "Rosa", "Caio", "Inês", "Otto", "Gael", "Zilda", "Yuri", "Hugo", "Flora", "Breno"),
    *("Alba", "Beto", "Clara", "Dário", "Edite", "Fábio", "Gilda", "Heitor", "Iara", "Jonas", "Kátia", "Lauro", "Mirna", "Nilo"),
)
LAST = (
    *("Alves", "Braga", "Castro", "Duarte", "Freitas", "Gomes", "Leal", "Moraes", "Nunes", "Prado"),
    *("Queiroz", "Rocha", "Sales", "Tavares", "Uchoa", "Viana", "Xavier", "Zanetti", "Amaral", "Barros"),
    *("Campos", "Dantas", "Esteves", "Farias", "Guedes", "Holanda", "Lacerda", "Machado", "Neves", "Osório"),
)
_names = (f"{first} {last}" for last, first in itertools.product(LAST, FIRST))


def new_name() -> str:
    """A name that nobody else in this process was given."""
    return next(_names)
