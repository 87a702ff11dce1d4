"""What is wrong with an input field, in Portuguese: marshmallow's sentences, and our own validators', are English."""

import re
from typing import Any

_PT: tuple[tuple[str, str], ...] = (
    (r"Missing data for required field\.", "Este campo é obrigatório."),
    (r"Field may not be null\.", "Este campo não pode ser nulo."),
    (r"Not a valid string\.", "Precisa ser um texto."),
    (r"Not a valid utf-8 string\.", "O texto tem uma codificação inválida."),
    (r"Not a valid integer\.", "Precisa ser um número inteiro."),
    (r"Not a valid boolean\.", "Precisa ser verdadeiro ou falso."),
    (r"Invalid input type\.", "O conteúdo tem um formato inesperado."),
    (r"Unknown field\.", "Campo desconhecido."),
    (r"Length must be between (\d+) and (\d+)\.", r"Precisa ter entre \1 e \2 caracteres."),
    (r"Longer than maximum length (\d+)\.", r"Pode ter no máximo \1 caracteres."),
    (r"Shorter than minimum length (\d+)\.", r"Precisa ter pelo menos \1 caracteres."),
    (r"Must be greater than or equal to (\d+) and less than or equal to (\d+)\.", r"Precisa estar entre \1 e \2."),
    (r"Must be one of: (.+)\.", r"Precisa ser um destes: \1."),
    (r"A message needs some text\.", "Uma mensagem precisa de algum texto."),
    (r"This text holds characters that cannot be sent\.", "O texto tem caracteres que não podem ser enviados."),
    (r"This is not a telephone number\.", "Isto não é um número de telefone."),
    (r"There is no such number of ours\.", "Este número não é um dos nossos."),
    (r"This is not a cursor of this list\.", "Este cursor não é desta lista."),
)
_COMPILED = tuple((re.compile(english), portuguese) for english, portuguese in _PT)
_ANY = "Valor inválido."


def in_language(problems: Any, language: str) -> Any:
    """`problems` ({field: [sentence]}, however nested) with each sentence in `language`."""
    if language == "en":
        return problems
    if isinstance(problems, dict):
        return {field: in_language(inner, language) for field, inner in problems.items()}
    if isinstance(problems, list):
        return [in_language(inner, language) for inner in problems]
    return _portuguese(str(problems))


def _portuguese(sentence: str) -> str:
    for english, portuguese in _COMPILED:
        if found := english.fullmatch(sentence):
            return found.expand(portuguese)
    return _ANY
