/**
 * The network as tabs have it: a WebSocket that loses, doubles and delays the server's events, lines that break in the middle of
 * a frame or fall silent, and a front that hands each new connection to any of the processes.
 */
import { randomBytes } from "node:crypto";
import net from "node:net";

/** Only Socket.IO's events may be tampered with; handshakes, pings and acknowledgements are the line's own affair. */
const EVENT = "42[";
const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 };
const UNREACHABLE_MS = 20;

/** Of one tab: whether its line is up, and what becomes of events on it (shares of 1; `delay` up to delayMs). */
export class Network {
  static #all = new Map();
  /** Ports of the processes; each connection and request goes to one of them. */
  static ports = [];
  state = "up";
  faults = { drop: 0, double: 0, delay: 0, delayMs: 0 };
  counted = { heard: 0, dropped: 0, doubled: 0, delayed: 0, cut: 0 };
  sockets = new Set();

  constructor(name, random) {
    Object.assign(this, { name, random });
    Network.#all.set(name, this);
  }

  /** The network of the tab that an address names: http://tab-3.invalid/... */
  static of(url) {
    return Network.#all.get(new URL(url).hostname.split(".")[0]);
  }

  /** What became of events on all lines together. */
  static counted() {
    const sum = { heard: 0, dropped: 0, doubled: 0, delayed: 0, cut: 0 };
    for (const { counted } of Network.#all.values()) for (const kind of Object.keys(sum)) sum[kind] += counted[kind];
    return sum;
  }

  static port() {
    return Network.ports[Math.floor(Math.random() * Network.ports.length)];
  }

  /** up | down (lines break, nothing comes through) | silent (lines stand, nothing comes through until it is up again) */
  set(state) {
    this.state = state;
    for (const socket of [...this.sockets]) {
      if (state === "down") socket.cut();
      if (state === "up") socket.hearAgain();
    }
  }

  /** fetch as the tab has it. */
  fetch = async (path, init) => {
    while (this.state === "silent") await new Promise((resolve) => setTimeout(resolve, UNREACHABLE_MS));
    if (this.state === "down") throw new TypeError("the network is down");
    const answer = await fetch(`http://127.0.0.1:${Network.port()}${path}`, init);
    const body = await answer.arrayBuffer();
    // The request got there; its answer did not.
    if (this.state === "down") throw new TypeError("the network went down");
    return new Response(answer.status === 204 ? null : body, { status: answer.status, headers: answer.headers });
  };
}

/** As much of the browser's WebSocket as Socket.IO uses, over a plain TCP connection. */
export class LossyWebSocket {
  readyState = 0;
  #buffer = Buffer.alloc(0);
  #open = false;
  #cutting = false;

  constructor(url) {
    this.network = Network.of(url);
    this.network.sockets.add(this);
    const { pathname, search } = new URL(url);
    if (this.network.state === "down") {
      setTimeout(() => this.#end(), UNREACHABLE_MS);
      return;
    }
    const port = Network.port();
    this.line = net.connect({ port, host: "127.0.0.1", noDelay: true });
    this.line.on("error", () => this.#end());
    this.line.on("close", () => this.#end());
    this.line.on("data", (bytes) => this.#read(bytes));
    this.line.write(
      `GET ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
  }

  send(text) {
    if (this.readyState === 1) this.#write(OPCODE.text, Buffer.from(text));
  }

  close() {
    this.readyState = 2;
    this.line?.end();
    this.#end();
  }

  /** The line breaks, in the middle of whatever comes next if something does. */
  cut() {
    this.#cutting = true;
    this.network.counted.cut += 1;
    setTimeout(() => this.#break(), UNREACHABLE_MS * 10);
  }

  hearAgain() {
    this.#parse();
  }

  #break() {
    this.line?.destroy();
    this.#end();
  }

  #end() {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.network.sockets.delete(this);
    this.onclose?.({ code: 1006, reason: "" });
  }

  #read(bytes) {
    const part = this.#cutting ? bytes.subarray(0, Math.floor(this.network.random() * bytes.length)) : bytes;
    this.#buffer = Buffer.concat([this.#buffer, part]);
    this.#parse();
    if (this.#cutting) this.#break();
  }

  #parse() {
    if (this.network.state === "silent") return;
    if (!this.#open) {
      const end = this.#buffer.indexOf("\r\n\r\n");
      if (end === -1) return;
      const accepted = this.#buffer.subarray(0, 12).toString() === "HTTP/1.1 101";
      this.#buffer = this.#buffer.subarray(end + 4);
      if (!accepted) {
        this.#break();
        return;
      }
      this.#open = true;
      this.readyState = 1;
      this.onopen?.({});
    }
    for (let frame = this.#frame(); frame && this.readyState === 1; frame = this.#frame()) this.#take(frame);
  }

  /** The next whole frame of the buffer (RFC 6455, 5.2; a server's are not masked), or null. */
  #frame() {
    const held = this.#buffer;
    if (held.length < 2) return null;
    const short = held[1] & 127;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (held.length < start) return null;
    const length = short === 126 ? held.readUInt16BE(2) : short === 127 ? Number(held.readBigUInt64BE(2)) : short;
    if (held.length < start + length) return null;
    this.#buffer = held.subarray(start + length);
    return { opcode: held[0] & 15, payload: held.subarray(start, start + length) };
  }

  #take({ opcode, payload }) {
    if (opcode === OPCODE.ping) this.#write(OPCODE.pong, payload);
    if (opcode === OPCODE.close) this.#break();
    if (opcode === OPCODE.text) this.#hear(payload.toString());
  }

  #hear(text) {
    if (!text.startsWith(EVENT)) {
      this.onmessage?.({ data: text });
      return;
    }
    const { faults, counted, random } = this.network;
    counted.heard += 1;
    if (random() < faults.drop) {
      counted.dropped += 1;
      return;
    }
    const doubled = random() < faults.double;
    counted.doubled += doubled;
    for (let copy = 0; copy < 1 + doubled; copy += 1) {
      if (random() < faults.delay) {
        counted.delayed += 1;
        setTimeout(() => this.readyState === 1 && this.onmessage?.({ data: text }), random() * faults.delayMs);
      } else {
        this.onmessage?.({ data: text });
      }
    }
  }

  #write(opcode, payload) {
    const mask = randomBytes(4);
    const { length } = payload;
    const head = length < 126 ? Buffer.from([128 | opcode, 128 | length]) : Buffer.from([128 | opcode, 254, length >> 8, length & 255]);
    const masked = Buffer.from(payload.map((byte, index) => byte ^ mask[index % 4]));
    this.line.write(Buffer.concat([head, mask, masked]));
  }
}
