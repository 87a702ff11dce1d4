/** Line icons on a 24-unit grid, drawn with the current text colour; hidden from screen readers. */
import { html } from "../lib.js";

const QUESTION = "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 16.5v.3";
const PATHS = {
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 20 20",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  back: "M19 12H5m6-6-6 6 6 6",
  down: "M12 5v14m-6-6 6 6 6-6",
  send: "M5 12h13M12 5.5 18.5 12 12 18.5",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5.5M12 7.5v.5",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3.2 2",
  alert: "M12 4 2.8 19.5h18.4L12 4ZM12 10v4.5M12 17v.3",
  offline: "M4 4l16 16M8.5 15.5a5 5 0 0 1 7 0M5 12a10 10 0 0 1 4-2.4M19 12a10 10 0 0 0-5.2-2.8M12 19v.2",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5.5 11h13v9h-13zM12 14.5v2",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  image: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15 9.5v.2",
  video: "M3 6.5h12v11H3zM15 10.5l6-3v9l-6-3",
  audio: "M12 15a3 3 0 0 0 3-3V7a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3ZM6 11.5a6 6 0 0 0 12 0M12 17.5V21",
  document: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  location: "M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21ZM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  contact: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5",
  sticker: "M4 4h16v10l-6 6H4zM14 20v-6h6M8.5 9v.5M15 9v.5M8.5 13c1.5 1.8 4 2 5.5 1",
  interactive: "M5 4h14v10H9.5L5 18zM9 9h6",
  unsupported: QUESTION,
  more: "M11.6 5h.8M11.6 12h.8M11.6 19h.8",
  pass: "M4 12h13M12.5 6.5 18 12l-5.5 5.5M20.5 5v14",
  note: "M5 4h14v11l-5 5H5zM19 15h-5v5M8.5 9h7M8.5 12.5h4",
  help: QUESTION,
  filter: "M4 6h16M7 12h10M10 18h4",
  check: "M5 12.5l4.5 4.5L19 7.5",
  check_all: "M2.5 12.5 7 17l9.5-10M11.5 16l1 1 9.5-10",
  inbox: "M4 13.5 6.5 5h11l2.5 8.5V19H4zM4 13.5h5l1 2.5h4l1-2.5h5",
  people: "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 19c.6-3.2 3.2-5 6.5-5s5.9 1.8 6.5 5M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 14.5c1.9.7 3.1 2.2 3.5 4.5",
  done: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8 12.3l3 3 5.2-6",
  chat: "M4 5h16v11H10l-5 4v-4H4zM8 9.5h8M8 12.5h5",
};

export function Icon({ name, size = 20 }) {
  return html`<svg class="icon" viewBox="0 0 24 24" width=${size} height=${size} aria-hidden="true">
    <path d=${PATHS[name]} />
  </svg>`;
}

/** The product's mark: two voices in one frame. */
export function Mark({ size = 32 }) {
  return html`<svg class="mark" viewBox="0 0 32 32" width=${size} height=${size} aria-hidden="true">
    <rect class="mark-ground" width="32" height="32" rx="9" />
    <path class="mark-back" d="M7 11a3 3 0 0 1 3-3h9a3 3 0 0 1 3 3v5a3 3 0 0 1-3 3h-6l-3.5 3v-3a3 3 0 0 1-2.5-3z" />
    <path class="mark-front" d="M16 14h6a3 3 0 0 1 3 3v3.5a3 3 0 0 1-2 2.8V26l-3.2-2.5H16a3 3 0 0 1-3-3V17a3 3 0 0 1 3-3z" />
  </svg>`;
}
