/**
 * What can be done with a customer's conversation: which verbs to offer, how they are asked for, and what a refusal
 * means. The rules are the server's (access.py); these decide only what is shown.
 */
import { ApiError, NetworkError } from "./api.js";
import { isOfferedTo } from "./belonging.js";
import { now } from "./clock.js";
import { momentTime } from "./format.js";
import { locale, maybe, t } from "./i18n.js";
import { goToList } from "./route.js";

/** Where each verb is asked for, below a conversation's own address. */
const PATHS = {
  claim: "claim",
  take_over: "take-over",
  offer: "offer",
  accept: "offer/accept",
  decline: "offer/decline",
  withdraw: "offer/withdraw",
  assign: "assign",
  pass: "pass",
  finish: "finish",
  reopen: "reopen",
  set_visibility: "visibility",
};

/** mine | nobody | other: who holds it, as `me` sees it. */
export function holding({ assignee_id: holder }, me) {
  if (holder === null) return "nobody";
  return holder === me.id ? "mine" : "other";
}

/** The verbs that `me` ({id, role}) may use now, as a set. */
export function possibleVerbs(conversation, me, settings) {
  if (conversation.kind !== "customer") return new Set();
  const held = holding(conversation, me);
  const { offer } = conversation;
  const admin = me.role === "admin";
  const mayPass = held !== "other" || admin;
  const open = conversation.state === "open";
  const everyone = settings?.assign_without_acceptance === "everyone";
  const verbs = {
    claim: open && held === "nobody",
    take_over: open && held === "other" && (conversation.visibility === "public" || admin),
    accept: open && isOfferedTo(conversation, me.id),
    decline: open && isOfferedTo(conversation, me.id),
    withdraw: open && offer !== null && (offer.from.id === me.id || held === "mine" || admin),
    offer: open && mayPass && offer === null,
    pass: open && mayPass && conversation.visibility === "public",
    assign: open && (admin || (everyone && mayPass)),
    finish: open && mayPass,
    reopen: !open,
    set_visibility: held === "mine" || admin,
  };
  return new Set(Object.keys(verbs).filter((name) => verbs[name]));
}

/** From whom an answer would take the conversation, which is to be asked first; null when nobody loses it. */
export function takenByAnswering(conversation, me) {
  const { kind, state, assignee_id: holder } = conversation;
  if (kind !== "customer" || state !== "open" || holding(conversation, me) !== "other") return null;
  return isOfferedTo(conversation, me.id) ? null : holder;
}

/** Whether `me` may send a reply that failed again: it is an answer, so whoever may answer without taking it from anybody. */
export function maySendAgain(conversation, me) {
  return takenByAnswering(conversation, me) === null;
}

/** Whether `me` may take back a reply: their own, and a colleague's where nobody else decides. */
export function mayDiscard(message, conversation, me) {
  return message.author?.id === me.id || holding(conversation, me) !== "other" || me.role === "admin";
}

/**
 * Asks for a verb and shows its result at once. Null when it was done; else {code, text}, what to tell the person,
 * while what is shown is loaded anew.
 */
export async function perform({ api, store, sync }, conversation, verb, body = {}) {
  try {
    const answer = await api.post(`/api/conversations/${conversation.id}/${PATHS[verb]}`, body);
    if (answer) store.upsertConversation(answer);
    else goToList(); // it may no longer be read
    return null;
  } catch (error) {
    if (error instanceof ApiError) sync.reloadOpen();
    else if (!(error instanceof NetworkError)) throw error;
    return { code: error.code ?? null, text: refusalText(error, store.me.peek()) };
  }
}

/** Why it was refused, with who and when where that is known, and what can be done next. */
export function refusalText(error, me) {
  if (error instanceof NetworkError) return t("verb.no_answer");
  const { code, detail, problem } = error;
  const { by } = problem;
  const who = by?.id === me.id ? "me" : "by";
  if (by && maybe(`verb.refused.${code}.${who}`)) {
    return t(`verb.refused.${code}.${who}`, { name: by.name, when: whenOf(problem.at) });
  }
  return maybe(`verb.refused.${code}`) ?? (detail || t("message.action_failed"));
}

/** " (14:05)" of a moment, or nothing. */
export function whenOf(at) {
  return at ? ` (${momentTime(at, now.peek(), locale())})` : "";
}
