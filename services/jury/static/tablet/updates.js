// The service worker seen from the page: register it, ask which version is served, adopt a new one at a quiet moment.

import { store } from "../shared/outbox/device.js";

let registration = null;

/** Keep the page on this tablet. `then()` once it opens without a network. */
export function register(then) {
  store((found) => {
    registration = found;
    then();
  });
}

/** Call `then` each time a version has been fetched whole and its worker answers for this page. */
export function whenReady(then) {
  navigator.serviceWorker?.addEventListener("controllerchange", () => then());
}

/** Look for a new version on the server; silent when there is no network. */
export async function look() {
  try {
    await registration?.update();
  } catch {
    // Offline: the version on the tablet is good.
  }
}

function tell(message) {
  const worker = registration?.active;
  if (!worker) return Promise.resolve(null);
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    const timer = setTimeout(() => resolve(null), 3000);
    channel.port1.onmessage = ({ data }) => {
      clearTimeout(timer);
      resolve(data);
    };
    worker.postMessage(message, [channel.port2]);
  });
}

/** {current, ready}: the version served and the newest one on the tablet; null while there is no worker. */
export const versions = () => tell("versions");

/** Serve the newest version from the next load on. Only to be called with nothing left to send. */
export const adopt = () => tell("adopt");
