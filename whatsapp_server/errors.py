"""What can go wrong in a way that the caller should hear of: a code for programs, a sentence in each language for people.

Knows no Flask: api/problems.py turns these into RFC 9457 answers.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

LANGUAGES = ("pt", "en")
DEFAULT_LANGUAGE = "en"


class AppError(Exception):
    """Base of them all. `fields` are extra public members of the answer; `errors` maps an input field to its sentences."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    pt: ClassVar[str] = "Algo deu errado do nosso lado. Tente de novo em instantes."
    en: ClassVar[str] = "Something went wrong on our side. Try again in a moment."

    def __init__(self, *, errors: Mapping[str, Any] | None = None, **fields: Any) -> None:
        super().__init__(self.code)
        self.errors = dict(errors or {})
        self.fields = fields

    def sentence(self, language: str) -> str:
        """What to tell a person who reads `language` (one of LANGUAGES)."""
        return self.pt if language == "pt" else self.en


class BadRequest(AppError):
    code, status = "bad_request", 400
    pt, en = "O pedido está malformado.", "The request is malformed."


class Unauthorized(AppError):
    code, status = "token_missing", 401
    pt, en = "Entre para continuar.", "Sign in to go on."


class TokenInvalid(Unauthorized):
    code = "token_invalid"


class TokenExpired(Unauthorized):
    code = "token_expired"
    pt, en = "Seu acesso precisa ser renovado.", "Your access needs to be renewed."


class SessionEnded(Unauthorized):
    code = "session_ended"
    pt, en = "Sua sessão terminou. Entre de novo.", "Your session has ended. Sign in again."


class BadCredentials(Unauthorized):
    code = "bad_credentials"
    pt, en = "E-mail ou senha incorretos.", "Wrong e-mail or password."


class Forbidden(AppError):
    code, status = "forbidden", 403
    pt, en = "Você não pode fazer isso.", "You may not do that."


class BadSignature(Forbidden):
    code = "bad_signature"
    pt, en = "A assinatura não confere.", "The signature does not match."


class NotFound(AppError):
    code, status = "not_found", 404
    pt, en = "Não encontrado.", "Not found."


class MethodNotAllowed(AppError):
    code, status = "method_not_allowed", 405
    pt, en = "Este endereço não aceita esse método.", "This address does not take that method."


class Conflict(AppError):
    code, status = "conflict", 409
    pt, en = "Alguém mudou isso antes de você.", "Someone changed this before you."


class WindowClosed(Conflict):
    code = "window_closed"
    pt = "Passaram mais de 24 horas desde a última mensagem do cliente; o WhatsApp só deixa responder quando ele escrever de novo."
    en = "More than 24 hours have passed since the customer's last message; WhatsApp lets you reply only when they write again."


class ClientIdReused(Conflict):
    code = "client_id_reused"
    pt, en = "Este client_id já pertence a outra mensagem.", "This client_id already belongs to another message."


class NotRetryable(Conflict):
    code = "not_retryable"
    pt, en = "Esta mensagem não pode ser reenviada agora.", "This message cannot be sent again now."


class MayDuplicate(Conflict):
    code = "may_duplicate"
    pt = "Ainda não se sabe se esta mensagem saiu: reenviar pode entregá-la duas vezes. Confirme com accept_duplicate."
    en = "It is not known yet whether this message left: sending again may deliver it twice. Confirm with accept_duplicate."


class NotDiscardable(Conflict):
    code = "not_discardable"
    pt, en = "Esta mensagem já saiu ou está saindo.", "This message has left or is leaving."


class AlreadyHeld(Conflict):
    code = "already_held"
    pt, en = "Um colega já assumiu esta conversa.", "A colleague has taken this conversation already."


class HeldByOther(Conflict):
    code = "held_by_other"
    pt, en = "Esta conversa é de um colega. Assuma para responder.", "This conversation is a colleague's. Take it over to reply."


class NotHolder(Conflict):
    code = "not_holder"
    pt, en = "Só quem está com a conversa pode fazer isso.", "Only whoever holds the conversation can do that."


class OfferGone(Conflict):
    code = "offer_gone"
    pt, en = "Esta passagem já não está de pé.", "This offer no longer stands."


class OfferPending(Conflict):
    code = "offer_pending"
    pt, en = "A conversa já espera a resposta de um colega.", "The conversation is already waiting for a colleague's answer."


class NewMessage(Conflict):
    code = "new_message"
    pt, en = "O cliente escreveu de novo. Leia antes de finalizar.", "The customer has written again. Read it before you finish."


class StaleReply(Conflict):
    code = "stale_reply"
    pt, en = "Um colega respondeu ao cliente depois do que você viu.", "A colleague answered the customer after what you saw."


class Overtaken(Conflict):
    code = "overtaken"
    pt, en = "A conversa continuou depois do que você viu.", "The conversation has gone on after what you saw."


class AlreadyFinished(Conflict):
    code = "already_finished"
    pt, en = "Esta conversa já foi finalizada.", "This conversation is finished already."


class NotFinished(Conflict):
    code = "not_finished"
    pt, en = "Esta conversa está aberta.", "This conversation is open."


class PrivateNeedsPerson(Conflict):
    code = "private_needs_person"
    pt, en = "Uma conversa particular só pode ser passada a uma pessoa.", "A private conversation can be passed only to a person."


class NotAllowed(Conflict):
    code = "not_allowed"
    pt, en = "Você não pode fazer isso com esta conversa.", "You cannot do that with this conversation."


class NotAvailable(Conflict):
    code = "not_available"
    pt, en = "Isto não está disponível para você agora.", "This is not available to you now."


class LastAdmin(Conflict):
    code = "last_admin"
    pt = "Esta é a única pessoa ativa que administra; dê esse papel a outra antes."
    en = "This is the last active admin; make another one first."


class EmailTaken(Conflict):
    code = "email_taken"
    pt, en = "Já existe uma conta com este e-mail.", "There is already an account with this e-mail."


class TooLarge(AppError):
    code, status = "too_large", 413
    pt, en = "O pedido é grande demais.", "The request is too large."


class UnsupportedType(AppError):
    code, status = "unsupported_type", 415
    pt, en = "Este tipo de conteúdo não é aceito aqui.", "This content type is not taken here."


class Invalid(AppError):
    code, status = "invalid", 422
    pt, en = "Alguns campos precisam de correção.", "Some fields need mending."


class TooManyAttempts(AppError):
    code, status = "too_many_attempts", 429
    pt, en = "Tentativas demais. Espere um minuto.", "Too many attempts. Wait a minute."


class Unavailable(AppError):
    code, status = "unavailable", 503
    pt, en = "O banco de dados não responde. Tente de novo em instantes.", "The database does not answer. Try again in a moment."
