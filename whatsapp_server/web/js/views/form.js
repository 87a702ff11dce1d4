/** Forms that talk to the server: one request at a time, its sentences at the fields, the focus on the first of them. */
import { html, useLayoutEffect, useRef, useState } from "../lib.js";
import { sentencesOf } from "../problems.js";

const NOTHING = { notice: null, problems: {} };

/**
 * {busy, notice, problems, send, form}. `send(work)` runs `work` and tells what it raised, by `options` of sentencesOf;
 * true when it went through. `form` is a ref for the <form>.
 */
export function useRequest(options = {}) {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState(NOTHING);
  const form = useRef(null);
  useLayoutEffect(() => {
    if (said !== NOTHING) form.current?.querySelector('[aria-invalid="true"]')?.focus();
  }, [said]);
  const send = async (work) => {
    if (busy) return false;
    setBusy(true);
    setSaid(NOTHING);
    try {
      await work();
      return true;
    } catch (error) {
      setSaid(sentencesOf(error, options));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, send, form, ...said };
}

/** What belongs to the form as a whole. */
export function Notice({ text }) {
  return html`<p class=${text ? "notice" : "notice notice-none"} role="alert" data-testid="form-notice">${text}</p>`;
}

/** A labelled input; `hint` explains it, `problem` is what is wrong with it. Further properties are the input's own. */
export function Field({ label, name, hint = null, problem = null, testid, children, ...input }) {
  const id = `field-${name}`;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${children ?? html`<input id=${id} name=${name} data-testid=${testid} ...${describedBy(id, hint, problem)} ...${input} />`}
    <${Below} id=${id} hint=${hint} problem=${problem} />
  </div>`;
}

/** The attributes that tie an input to what Below says of it. */
export function describedBy(id, hint, problem) {
  const ids = [problem && `${id}-problem`, hint && `${id}-hint`].filter(Boolean);
  return { "aria-invalid": problem ? "true" : undefined, "aria-describedby": ids.join(" ") || undefined };
}

/** What is wrong with an input, and what it is for. */
export function Below({ id, hint = null, problem = null }) {
  return html`
    ${problem ? html`<small class="field-problem" id=${`${id}-problem`} data-testid=${`${id}-problem`}>${problem}</small>` : null}
    ${hint ? html`<small id=${`${id}-hint`}>${hint}</small>` : null}
  `;
}

/** The values of a form, trimmed; empty ones are null. */
export function valuesOf(form) {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim() || null]));
}
