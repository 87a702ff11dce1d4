/** Names for what a message is, when its text does not say it. */
import { maybe, t } from "../i18n.js";

/** "Photo", "Document: offer.pdf", ... of a message or of a list's summary of one; never empty. */
export function kindName({ kind, body, details }) {
  const file = details?.filename ?? (kind === "document" ? body : "");
  if (kind === "document" && file) return t("kind.document_named", { name: file });
  return maybe(`kind.${kind}`) ?? t("kind.unsupported");
}
