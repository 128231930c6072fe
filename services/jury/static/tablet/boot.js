// Loads the application. On bad wifi one script in twenty may not arrive, and a browser never asks for a failed module
// again: so the page is loaded anew, sooner at first, then less often. A pairing code in the address is still unused.

const TRIES = "agora_boot_tries";

try {
  await import("./app.js");
  sessionStorage.removeItem(TRIES);
} catch (error) {
  console.warn("not loaded:", error.message);
  const tries = Number(sessionStorage.getItem(TRIES) || 0) + 1;
  sessionStorage.setItem(TRIES, String(tries));
  document.getElementById("slow").classList.add("now");
  setTimeout(() => location.reload(), Math.min(15000, 500 * 2 ** tries));
}
