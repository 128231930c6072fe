// A code on a lent tablet: it keeps the next person from reading or scoring under someone's name. It hides, it does not
// encrypt; what is kept goes on being sent. Forgotten: the secretary's pairing code opens the tablet again.

const ROUNDS = 200000;
const FREE = 5; // wrong tries before each further one has to wait
const WAIT = 30000; // milliseconds
export const SHAPE = /^\d{4,8}$/;

const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function digest(code, salt) {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(code), "PBKDF2", false, ["deriveBits"]);
  return hex(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS }, key, 256));
}

/** Set the code; null takes it away. `device`: the store of the device. */
export async function set(device, code) {
  if (code === null) return device.keep("pin", null);
  const salt = crypto.getRandomValues(new Uint8Array(16));
  return device.keep("pin", { salt, digest: await digest(code, salt), wrong: 0, until: 0 });
}

export async function isSet(device) {
  return Boolean(await device.read("pin"));
}

/** Try a code: {open: true}, or {open: false, wait} with the seconds until the next try is looked at. */
export async function open(device, code, now = Date.now()) {
  const pin = await device.read("pin");
  if (!pin) return { open: true };
  // A clock set back must not lock anyone out for longer than one wait.
  const left = Math.min(WAIT, pin.until - now);
  if (left > 0) return { open: false, wait: Math.ceil(left / 1000) };
  if ((await digest(code, pin.salt)) === pin.digest) {
    await device.keep("pin", { ...pin, wrong: 0, until: 0 });
    return { open: true };
  }
  const wrong = pin.wrong + 1;
  const until = wrong < FREE ? 0 : now + WAIT;
  await device.keep("pin", { ...pin, wrong, until });
  return { open: false, wait: until ? WAIT / 1000 : 0 };
}
