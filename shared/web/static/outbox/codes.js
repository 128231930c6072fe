// The outbox as a row of QR codes, for a device that reaches no network and whose files cannot be carried away.

const PIECE = 240; // characters of Base64 in a code: coarse enough for any camera before a screen

/** Whether this browser can pack them. */
export const offered = () => "CompressionStream" in window;

/** The texts of the codes, in order; the server's `joined` puts them together (services/jury/outbox_file.py). */
export async function codes(about, operations) {
  const kept = operations.map(({ id, cell, value, base, counter, at, extra }) => ({ id, cell, value, base, counter, at, extra }));
  const content = JSON.stringify({ format: "agora-outbox-1", about, operations: kept });
  const packing = new Blob([content]).stream().pipeThrough(new CompressionStream("deflate"));
  const packed = new Uint8Array(await new Response(packing).arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", packed));
  const mark = [...digest.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const text = btoa([...packed].map((byte) => String.fromCharCode(byte)).join(""));
  const pieces = text.match(new RegExp(`.{1,${PIECE}}`, "g"));
  return pieces.map((piece, i) => `agora-outbox:${i + 1}/${pieces.length}:${mark}:${piece}`);
}
