/** Where the focus goes when what had it is gone: a person who was deactivated, an invitation that was withdrawn. */
import { useLayoutEffect, useRef } from "../lib.js";

/** A ref for the place; when the focus in it is lost, its first heading has it, which needs a tabindex of -1. */
export function useKeptFocus() {
  const place = useRef(null);
  // While rendering: the page is still as it was before.
  const had = place.current?.contains(document.activeElement);
  useLayoutEffect(() => {
    if (had && document.activeElement === document.body) place.current.querySelector("h2").focus();
  });
  return place;
}
