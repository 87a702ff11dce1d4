// The only file that talks to the simulator.

const ROOT = "/sim/api";

async function call(method, path, members) {
  const options = { method, headers: {} };
  if (members !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(members);
  }
  const response = await fetch(ROOT + path, options);
  if (response.status === 204) return null;
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? response.statusText);
  return answer;
}

export const get = (path, query = {}) => call("GET", `${path}?${new URLSearchParams(query)}`);
export const post = (path, members = {}) => call("POST", path, members);
export const remove = (path) => call("DELETE", path);

/** Every change as it happens. `opened` runs at each (re)connect: what happened before it must be loaded. */
export function listen({ opened, changed, closed }) {
  const stream = new EventSource(`${ROOT}/events`);
  stream.addEventListener("open", opened);
  stream.addEventListener("message", (event) => changed(JSON.parse(event.data)));
  stream.addEventListener("error", closed);
}
