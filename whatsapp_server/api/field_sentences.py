"""What is wrong with an input field, in Portuguese: marshmallow's sentences, and our own validators', are English."""

import re
from typing import Any

_PT: tuple[tuple[str, str], ...] = (
    (r"Missing data for required field\.", "Este campo é obrigatório."),
    (r"Field may not be null\.", "Este campo não pode ser nulo."),
    (r"Not a valid string\.", "Precisa ser um texto."),
    (r"Not a valid utf-8 string\.", "O texto tem uma codificação inválida."),
    (r"Not a valid integer\.", "Precisa ser um número inteiro."),
    (r"Not a valid list\.", "Precisa ser uma lista."),
    (r"Not a valid email address\.", "Isto não é um endereço de e-mail."),
    (r"Not a valid datetime\.", "Precisa ser uma data com hora."),
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
    (r"A name needs some text\.", "Um nome precisa de algum texto."),
    (r"There is already a team of this name\.", "Já existe um setor com este nome."),
    (r"There is no such team\.", "Este setor não existe."),
    (r"These are not all active people\.", "Nem todas estas pessoas estão ativas."),
    (r"There is no such colleague\.", "Esta pessoa não existe."),
    (r"Choose somebody else\.", "Escolha outra pessoa."),
    (r"A group needs a name\.", "Um grupo precisa de um nome."),
    (r"Somebody named here may not read this conversation\.", "Alguém que foi mencionado não pode ler esta conversa."),
    (r"Too many mentions here are still unread\.", "Há menções demais por ler nesta conversa."),
    (r"Together with your name this is too long for WhatsApp\.", "Junto com o seu nome, o texto fica longo demais para o WhatsApp."),
    (r"This must be a coming day, within two years\.", "Precisa ser uma data futura, dentro de dois anos."),
    (r"This is not a time of day such as 09:00\.", "Isto não é uma hora como 09:00."),
    (r"This is not a time zone such as America/Sao_Paulo\.", "Isto não é um fuso horário como America/Sao_Paulo."),
    (r"Work must begin before it ends\.", "O expediente precisa começar antes de terminar."),
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
