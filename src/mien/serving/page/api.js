// Requests to the server. Where it asks for a token, the browser sends the cookie made from it.

/** The address of the stream. */
export function streamAddress() {
  const address = new URL("v1/stream", `${location.origin}/`);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}

/** Return what the server's networks are, by name: classes, sha256 and more. */
export async function networks() {
  const { networks: all } = await (await ask("/v1/networks")).json();
  return new Map(all.map((network) => [network.name, network]));
}

/** Return the HTTP status of an address of the server's; 0 if nothing answers. */
export const statusOf = (path) =>
  fetch(path).then(
    ({ status }) => status,
    () => 0,
  );

/** Ask the server; a refusal is an Error with its words. */
export async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("The server does not answer. Start mien again, then try again.");
  }
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Error(problem.detail ?? problem.title ?? `The server refused (${answer.status}).`);
}

/** Post a picture to be read; returns the object of `mien detect`. */
export async function detect(blob, name, { net, confidence }) {
  const query = new URLSearchParams({ min_confidence: confidence, ...(net && { net }) });
  const answer = await ask(`/v1/detect?${query}`, { method: "POST", body: form(blob, name) });
  const results = await answer.json();
  const result = Array.isArray(results) ? results[0] : results;
  if (result.error) throw new Error(result.error);
  return { ...result, source: name };
}

/** Post a picture; returns it with its faces drawn by the server, as a PNG. */
export async function annotated(blob, name, { net, confidence }) {
  const query = new URLSearchParams({
    annotate: "png",
    min_confidence: confidence,
    ...(net && { net }),
  });
  return (await ask(`/v1/detect?${query}`, { method: "POST", body: form(blob, name) })).blob();
}

function form(blob, name) {
  const body = new FormData();
  body.append("files", blob, name);
  return body;
}
