// What the page knows. Pure state: loads and live changes go through the same functions, so their order does not matter.

const LOG_LENGTH = 300;

export const state = {
  online: false,
  settings: { numbers: [], account_sid: "", speed: 1 },
  customers: [],
  messages: new Map(),
  deliveries: new Map(),
  faults: [],
  kinds: [],
  clock: { offset_seconds: 0 },
  customer: null,
  number: null,
};

const listeners = new Set();
let scheduled = false;

/** Call `listener` after changes, at most once a frame. */
export const subscribe = (listener) => listeners.add(listener);

/** Say that the state changed. A hidden page gets no frames, hence the timer. */
export function changed() {
  if (scheduled) return;
  scheduled = true;
  const run = () => {
    scheduled = false;
    listeners.forEach((listener) => listener());
  };
  if (document.visibilityState === "visible") requestAnimationFrame(run);
  else setTimeout(run, 100);
}

/** Put `part` of the state in. */
export function update(part) {
  Object.assign(state, part);
  changed();
}

export function putMessages(messages) {
  for (const message of messages) {
    const known = state.messages.get(message.sid);
    if (!known || known.updated_at <= message.updated_at) state.messages.set(message.sid, message);
  }
  changed();
}

export function putDeliveries(deliveries) {
  for (const delivery of deliveries) {
    const known = state.deliveries.get(delivery.id);
    if (!known || known.attempts.length <= delivery.attempts.length)
      state.deliveries.set(delivery.id, delivery);
  }
  const excess = state.deliveries.size - LOG_LENGTH;
  if (excess > 0) [...state.deliveries.keys()].slice(0, excess).forEach((id) => state.deliveries.delete(id));
  changed();
}

export function putCustomer(customer) {
  const others = state.customers.filter((one) => one.address !== customer.address);
  const place = state.customers.findIndex((one) => one.address === customer.address);
  others.splice(place === -1 ? others.length : place, 0, customer);
  update({ customers: others });
}

/** Empty the page's memory of messages and deliveries, before a reload after a reset. */
export function forget() {
  state.messages.clear();
  state.deliveries.clear();
}

const onPhone = (message) =>
  message.direction === "inbound" || ["delivered", "read"].includes(message.status);
const arrivedAt = (message) =>
  message.status_times.delivered ?? message.status_times.read ?? message.created_at;

/** What the phone of `address` shows of the chat with `number`, oldest first. Ours appear when they were delivered. */
export function chatOf(address, number) {
  const chat = [...state.messages.values()].filter(
    (one) => one.customer === address && one.number === number && onPhone(one),
  );
  return chat.sort((a, b) =>
    arrivedAt(a) < arrivedAt(b) ? -1 : arrivedAt(a) > arrivedAt(b) ? 1 : a.seq - b.seq,
  );
}

/** How many of our messages reached the phone of `address` and were not read. */
export const unreadOf = (address) =>
  [...state.messages.values()].filter((one) => one.customer === address && one.status === "delivered").length;

/** How the webhook of the customer's message `sid` fared: pending, delivered or given_up, and the last answer. */
export function webhookOf(sid) {
  const own = [...state.deliveries.values()].filter(
    (one) => one.message_sid === sid && one.kind === "webhook",
  );
  const best = ["delivered", "pending", "given_up"].find((wanted) => own.some((one) => one.state === wanted));
  const code = own.at(-1)?.status_code ?? own.at(-1)?.error ?? "—";
  return { state: best ?? "pending", code };
}

export const numbersKnown = () => [
  ...new Set([...state.settings.numbers, ...[...state.messages.values()].map((one) => one.number)]),
];

export const customerNow = () =>
  state.customers.find((one) => one.address === state.customer) ?? state.customers[0] ?? null;
