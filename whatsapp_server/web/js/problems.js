/** What a form says when its request did not go through: the server's sentences at its fields, all else above it. */
import { ApiError, NetworkError } from "./api.js";
import { t } from "./i18n.js";

/**
 * {notice, problems} of what a request raised: `problems` are sentences by field, of the form's own `fields`;
 * `notice` is what belongs to none of them, or null. `sentences` are the form's own words for some codes. Whatever is
 * no answer of the server's is raised again.
 */
export function sentencesOf(error, { fields = [], sentences = {} } = {}) {
  if (error instanceof NetworkError) return { notice: t("verb.no_answer"), problems: {} };
  if (!(error instanceof ApiError)) throw error;
  const problems = {};
  const elsewhere = [];
  for (const [path, sentence] of flattened(error.errors)) {
    const field = fields.find((each) => path === each || path.startsWith(`${each}.`));
    if (field) problems[field] ??= sentence;
    else elsewhere.push(sentence);
  }
  if (Object.keys(problems).length) return { notice: elsewhere[0] ?? null, problems };
  return { notice: sentences[error.code] ?? elsewhere[0] ?? (error.detail || t("message.action_failed")), problems };
}

/** [[path, sentence], ...] of {field: [sentence]}, however nested: {a: {b: ["x"]}} is [["a.b", "x"]]. */
function flattened(errors, path = "") {
  if (typeof errors === "string") return [[path, errors]];
  const isList = Array.isArray(errors);
  return Object.entries(errors ?? {}).flatMap(([name, inner]) => flattened(inner, isList ? path : path ? `${path}.${name}` : name));
}
