/**
 * Keeps a scrolled log still while its content changes: at the bottom it stays at the bottom; elsewhere the first
 * message on the screen stays where it is, whatever is put above or below it. (Not every browser anchors by itself.)
 */
import { useEffect, useLayoutEffect, useRef, useState } from "../lib.js";

const AT_BOTTOM_PX = 48;

/** Where a scrolled box stands, kept across changes of its content. */
class Anchor {
  box = null;
  stuck = true;
  #element = null;
  #offset = 0;

  /** Notes what is on the screen now; true when that is the bottom. */
  note() {
    const { scrollTop, scrollHeight, clientHeight } = this.box;
    this.stuck = scrollHeight - scrollTop - clientHeight < AT_BOTTOM_PX;
    this.#element = [...this.#items()].find((each) => each.offsetTop + each.offsetHeight > scrollTop) ?? null;
    this.#offset = this.#element ? this.#element.offsetTop - scrollTop : 0;
    return this.stuck;
  }

  /** Puts back what `note` saw. */
  hold() {
    const { box } = this;
    let top = box.scrollTop;
    if (this.stuck) top = box.scrollHeight - box.clientHeight;
    else if (this.#element?.isConnected) top = this.#element.offsetTop - this.#offset;
    if (Math.abs(top - box.scrollTop) >= 1) box.scrollTop = top;
  }

  #items() {
    return this.box.querySelectorAll("[data-anchor]");
  }
}

/** {ref for the box, atBottom, toBottom(), toElement(element)}. The box's first child holds the content. */
export function useAnchoredScroll({ onScroll }) {
  const ref = useRef(null);
  const anchor = useRef(new Anchor()).current;
  const [atBottom, setAtBottom] = useState(true);
  const handler = useRef(onScroll);
  handler.current = onScroll;
  const look = () => {
    setAtBottom(anchor.note());
    handler.current(ref.current);
  };
  useLayoutEffect(() => {
    anchor.box = ref.current;
    anchor.hold();
  });
  useEffect(() => {
    const box = ref.current;
    const observer = new ResizeObserver(() => anchor.hold());
    observer.observe(box);
    observer.observe(box.firstElementChild);
    box.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener("scroll", look);
    };
  }, []);
  const toBottom = () => {
    anchor.stuck = true;
    anchor.hold();
    look();
  };
  const toElement = (element) => {
    ref.current.scrollTop = element.offsetTop - ref.current.clientHeight / 4;
    look();
  };
  return { ref, atBottom, toBottom, toElement };
}
