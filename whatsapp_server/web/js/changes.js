/**
 * What of `values` is another than in `document`, as a PATCH takes it: what a colleague changes at the same time stays.
 */
export function changesOf(document, values) {
  const isAnother = ([name, value]) => JSON.stringify(value) !== JSON.stringify(document[name]);
  return Object.fromEntries(Object.entries(values).filter(isAnother));
}
