/** What a message says: its text with WhatsApp's marks and links, or the name of what cannot be shown yet. */
import { t } from "../i18n.js";
import { html, useApp } from "../lib.js";
import { splitAtNames } from "../mentions.js";
import { parseRichText } from "../richtext.js";
import { Icon } from "./icons.js";
import { kindName } from "./kinds.js";

const ICONS = new Set(["image", "video", "audio", "document", "location", "contact", "sticker", "interactive"]);
/** Kinds that are what they say. */
const WORDS = new Set(["text", "note", "interactive"]);

export function MessageContent({ message }) {
  const { store } = useApp();
  const { kind, body } = message;
  const named = (message.mentions ?? []).map((id) => store.users.get(id)).filter(Boolean);
  const namedByBody = kind === "document" && !message.details?.filename;
  const shown = body.trim() && !namedByBody ? parseRichText(body) : null;
  const needsName = !WORDS.has(kind) || !body.trim();
  return html`
    ${message.details?.forwarded ? html`<p class="bubble-hint">${t("kind.forwarded")}</p>` : null}
    ${kind === "interactive" && body ? html`<p class="bubble-hint">${t("kind.interactive")}</p>` : null}
    ${needsName ? html`<${Placeholder} message=${message} />` : null}
    ${shown ? html`<p class="bubble-text" dir="auto"><${RichText} nodes=${shown} named=${named} /></p>` : null}
  `;
}

function Placeholder({ message }) {
  const { kind } = message;
  const detail = kind === "location" ? placeOf(message.details ?? {}) : null;
  return html`<div class="placeholder">
    <${Icon} name=${ICONS.has(kind) ? kind : "unsupported"} size=${22} />
    <div>
      <p class="placeholder-name" dir="auto">${kindName(message)}</p>
      ${detail ? html`<p class="placeholder-detail" dir="auto">${detail}</p>` : null}
      ${message.media?.length ? html`<p class="placeholder-detail">${t("kind.not_shown")}</p>` : null}
    </div>
  </div>`;
}

/** Label, address and coordinates of a place, as far as they were sent. */
function placeOf({ label, address, latitude, longitude }) {
  const coordinates = latitude && longitude ? `${latitude}, ${longitude}` : null;
  return [label, address, coordinates].filter(Boolean).join(" · ");
}

/** `named` are the people whose @name is shown as such. */
function RichText({ nodes, named }) {
  return nodes.map((node) => {
    switch (node.type) {
      case "link":
        return html`<a href=${node.href} target="_blank" rel="noopener noreferrer nofollow">${node.text}</a>`;
      case "bold":
        return html`<strong><${RichText} nodes=${node.children} named=${named} /></strong>`;
      case "italic":
        return html`<em><${RichText} nodes=${node.children} named=${named} /></em>`;
      case "strike":
        return html`<s><${RichText} nodes=${node.children} named=${named} /></s>`;
      case "code":
        return html`<code>${node.text}</code>`;
      case "block":
        return html`<code class="code-block">${node.text}</code>`;
      default:
        return named.length ? html`<${WithNames} text=${node.text} named=${named} />` : node.text;
    }
  });
}

function WithNames({ text, named }) {
  const { store } = useApp();
  const me = store.me.value.id;
  return splitAtNames(text, named).map((piece) =>
    piece.person
      ? html`<mark class=${`mention${piece.person.id === me ? " mention-me" : ""}`} data-testid="mention">${piece.text}</mark>`
      : piece.text,
  );
}
