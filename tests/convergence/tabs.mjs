/** Tabs of several people in one process, told what to do line by line: {id, do, ...} is answered by {id, answer} or {id, error}. */
import { createInterface } from "node:readline";
import { Tab } from "./tab.mjs";
import { Network } from "./wire.mjs";

const tabs = new Map();

/** Numbers by chance that are the same for the same seed (mulberry32). */
function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const COMMANDS = {
  ports({ ports }) {
    Network.ports = ports;
  },
  async new({ tab, seed, email, password }) {
    const made = new Tab(tab, chance(seed));
    await made.open(email, password);
    tabs.set(tab, made);
  },
  act: ({ tab, what, given }) => tabs.get(tab)[what](given),
  network: ({ tab, state }) => tabs.get(tab).network.set(state),
  faults: ({ tab, faults }) => Object.assign(tabs.get(tab).network.faults, faults),
  wake({ tab }) {
    tabs.get(tab).wake();
    return Date.now();
  },
  unsettled: ({ tab, since }) => tabs.get(tab).unsettled(since),
  state: ({ tab }) => tabs.get(tab).state(),
  counted: () => Network.counted(),
};

process.on("unhandledRejection", (error) => process.stderr.write(`unhandled: ${error?.stack ?? error}\n`));
createInterface({ input: process.stdin }).on("line", async (line) => {
  const { id, do: command, ...given } = JSON.parse(line);
  try {
    const answer = await COMMANDS[command](given);
    process.stdout.write(`${JSON.stringify({ id, answer: answer ?? null })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ id, error: String(error?.stack ?? error) })}\n`);
  }
}).on("close", () => process.exit(0));
