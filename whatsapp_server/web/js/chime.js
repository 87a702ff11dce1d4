/** Two soft tones, made by the browser itself. A page may sound only after somebody has pressed something in it. */
import { signal } from "../vendor/signals-core.js";

/** Hertz, and seconds after the first. */
const TONES = [
  [659, 0],
  [880, 0.13],
];
const TONE_S = 0.32;
const LOUDEST = 0.12;
const SILENT = 0.0001;
/** A sound that the browser held back for longer than this speaks of nothing new. */
const STALE_MS = 1500;
const PRESSES = ["keydown", "click"];

export class Chime {
  #context = null;
  /** Tones that sound or are about to. */
  #sounding = 0;
  /** True once this tab may sound. */
  ready = signal(false);

  /** @param options.AudioContext the browser's, or undefined where it has none */
  constructor({ AudioContext = globalThis.AudioContext, now = Date.now } = {}) {
    Object.assign(this, { AudioContext, now });
  }

  /** Waits for the press that lets this tab sound. Returns how to stop. */
  listen(page = globalThis) {
    const pressed = () => {
      const { userActivation } = page.navigator;
      // Some keys, such as Esc, do not count.
      if (userActivation && !userActivation.hasBeenActive) return;
      stop();
      this.#wake();
    };
    const stop = () => PRESSES.forEach((each) => page.removeEventListener(each, pressed));
    if (!this.AudioContext) return () => {};
    PRESSES.forEach((each) => page.addEventListener(each, pressed));
    if (page.navigator.userActivation?.hasBeenActive) pressed();
    return () => {
      stop();
      this.#close();
    };
  }

  /** Sounds, if it may. */
  async play() {
    const context = this.#context;
    const asked = this.now();
    if (!context) return;
    this.#sounding += 1;
    if ((await resumed(context)) && this.now() - asked <= STALE_MS) {
      for (const [pitch, after] of TONES) this.#tone(context, pitch, context.currentTime + after);
    }
    this.#ended();
  }

  async #wake() {
    this.#context = new this.AudioContext();
    this.ready.value = true;
    await resumed(this.#context);
    this.#rest();
  }

  #tone(context, pitch, start) {
    const oscillator = context.createOscillator();
    const volume = context.createGain();
    oscillator.frequency.value = pitch;
    volume.gain.setValueAtTime(SILENT, start);
    volume.gain.exponentialRampToValueAtTime(LOUDEST, start + 0.03);
    volume.gain.exponentialRampToValueAtTime(SILENT, start + TONE_S);
    oscillator.connect(volume);
    volume.connect(context.destination);
    oscillator.onended = () => this.#ended();
    this.#sounding += 1;
    oscillator.start(start);
    oscillator.stop(start + TONE_S);
  }

  #ended() {
    this.#sounding -= 1;
    this.#rest();
  }

  /** A context that runs keeps the computer's loudspeaker, and with some systems the computer, awake. */
  #rest() {
    if (this.#context && !this.#sounding) this.#context.suspend().catch(silently);
  }

  #close() {
    this.#context?.close().catch(silently);
    this.#context = null;
    this.ready.value = false;
  }
}

/** Whether the context runs now. */
async function resumed(context) {
  await context.resume().catch(silently);
  return context.state === "running";
}

/** The browser or the computer has no sound for us just now: a notice that is not heard is seen. */
function silently() {}
