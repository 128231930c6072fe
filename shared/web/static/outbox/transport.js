// One request, believed only when the answer is what our server would send. Next: outbox.js.

const PATIENCE = 5000; // milliseconds

/** Nobody answered, or someone else did (a portal page, a proxy). `portal`: an answer came, but not ours.
 *  `wait`: milliseconds the server asked to leave it alone. */
export class Offline extends Error {
  constructor(message, { portal = false, wait = 0 } = {}) {
    super(message);
    this.name = "Offline";
    this.portal = portal;
    this.wait = wait;
  }
}

/** This device may not write any more: it was paired again elsewhere, or revoked. */
export class Fenced extends Error {
  constructor() {
    super("fenced");
    this.name = "Fenced";
  }
}

/** The server read the request and refuses it as it stands. `status`, `code` and `message` are its own. */
export class Refused extends Error {
  constructor(status, code, message) {
    super(message || `status ${status}`);
    this.name = "Refused";
    this.status = status;
    this.code = code;
  }
}

/** Ask the server. Resolves with {status, body, etag} for a status in `expect`; body is null for 204 and 304.
 *  Rejects with Offline, Fenced or Refused. */
export async function ask(url, { method = "GET", token, body, etag, expect = [200], patience = PATIENCE } = {}) {
  // No cookie goes with it: the reasons come in the language that the page speaks.
  const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang || "fr" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (etag) headers["If-None-Match"] = etag;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  try {
    const response = await fetch(url, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: stop.signal,
      cache: "no-store",
      credentials: "omit", // no cookie: a staff session on the same address is none of our business
      redirect: "manual", // our server never redirects a tablet; a portal does
    });
    return await judge(response, expect);
  } catch (error) {
    if (error instanceof Offline || error instanceof Fenced || error instanceof Refused) throw error;
    throw new Offline(error.name === "AbortError" ? "no answer in time" : "no connection");
  } finally {
    clearTimeout(timer);
  }
}

async function judge(response, expect) {
  const { status } = response;
  const expected = expect.includes(status);
  const etag = response.headers.get("ETag");
  if (expected && (status === 204 || status === 304)) return { status, body: null, etag };
  const type = (response.headers.get("Content-Type") || "").split(";")[0].trim();
  if (type !== "application/json" && type !== "application/problem+json") {
    throw new Offline(`not our server: ${status} ${type || "without a type"}`, { portal: status !== 0 });
  }
  let body;
  try {
    body = JSON.parse(await response.text());
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Offline("not JSON", { portal: true });
  }
  if (expected && body !== null && typeof body === "object") return { status, body, etag };
  const problem = body !== null && typeof body === "object" ? body : {};
  if (status === 401 && ["fenced", "unknown-token"].includes(problem.code)) throw new Fenced();
  if (status === 429) {
    const seconds = Number(response.headers.get("Retry-After")) || 0;
    throw new Offline("too many requests", { wait: Math.min(seconds, 120) * 1000 });
  }
  // Only an answer that carries one of our codes is a refusal; any other stranger's JSON is a stranger's.
  if (status >= 400 && status < 500 && typeof problem.code === "string") {
    throw new Refused(status, problem.code, problem.detail || problem.message || problem.title);
  }
  throw new Offline(`status ${status}`, { portal: status < 500 });
}
