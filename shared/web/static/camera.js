// Reads QR codes with the camera while somebody looks at the page; what a code does is the caller's.

const PAUSE = 150; // milliseconds between two looks: a code is read at once, and the battery lasts the day
const AGAIN = 2000; // milliseconds out of sight after which the same code is shown anew, and not still
const MISSES = 2; // looks that found nothing before that is believed: one is a hand that shook, or a frame that came late

export class Camera {
  /** read(text) is told of each code once, however long it is held up and whatever others are in sight; nothing more is
   *  read until what it does is done. */
  constructor(video, read) {
    Object.assign(this, { video, read, last: "", sights: new Map() });
    document.addEventListener("visibilitychange", () => document.hidden && this.stop());
  }

  get on() {
    return Boolean(this.video.srcObject);
  }

  /** Resolves to "", or to what is in the way: noReader, cameraRefused or noCamera. */
  async start() {
    const detector = await reader().catch(() => null);
    if (!detector) return "noReader";
    try {
      this.video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      if (!this.video.isConnected || document.hidden) {
        this.stop(); // whoever was asked for it had gone on by then
        return "";
      }
      this.video.hidden = false;
      await this.video.play();
    } catch (error) {
      this.stop();
      return error.name === "NotAllowedError" ? "cameraRefused" : "noCamera";
    }
    this.look(detector, this.video.srcObject);
    return "";
  }

  stop() {
    this.video.srcObject?.getTracks().forEach((track) => track.stop());
    Object.assign(this.video, { srcObject: null, hidden: true });
    for (const text of this.sights.keys()) this.sights.set(text, { misses: MISSES, since: Date.now() });
    this.video.dispatchEvent(new Event("stopped"));
  }

  async look(detector, stream) {
    if (this.video.srcObject !== stream) return;
    const at = Date.now(); // when the picture was taken: a slow device may need seconds to find out what is on it
    try {
      const codes = await detector.detect(this.video).catch(() => null); // a frame that is not there yet
      if (!codes || this.video.srcObject !== stream) return;
      const shown = codes.map(({ rawValue }) => rawValue);
      for (const [text, { misses, since }] of this.sights) {
        const gone = misses >= MISSES && (text !== this.last || at - since >= AGAIN);
        if (gone) this.sights.delete(text);
        else this.sights.set(text, shown.includes(text) ? { misses: 0, since: 0 } : { misses: misses + 1, since: since || at });
      }
      const fresh = shown.find((text) => !this.sights.has(text));
      if (fresh === undefined) return;
      this.sights.set(fresh, { misses: 0, since: 0 });
      this.last = fresh;
      await this.read(fresh);
    } finally {
      setTimeout(() => this.look(detector, stream), PAUSE);
    }
  }
}

/** The browser's own reader, where it has one that reads QR codes; else the one that is fetched when Agora is built, with
 *  the same interface. */
async function reader() {
  const own = window.BarcodeDetector;
  const formats = (await own?.getSupportedFormats().catch(() => [])) || [];
  const Detector = formats.includes("qr_code") ? own : (await import("../node_modules/qr/decode.js")).BarcodeDetector;
  return new Detector({ formats: ["qr_code"] });
}
