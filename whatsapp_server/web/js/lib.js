/** One door to the vendored view libraries. */
import { createContext, h, render } from "../vendor/preact.js";
import { useContext, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact-hooks.js";
import { batch, computed, effect, signal, untracked, useComputed } from "../vendor/signals.js";
import htm from "../vendor/htm.js";

export const html = htm.bind(h);

/** What app.js put together (api, store, outbox, ...), for every view. */
export const AppContext = createContext(null);

export function useApp() {
  return useContext(AppContext);
}

export {
  batch, computed, effect, render, signal, untracked,
  useComputed, useEffect, useLayoutEffect, useRef, useState,
};
