// Reads the QR codes that a tablet without a network shows, until all are there, and hands them in.

import { Camera } from "./shared/camera.js";

const CODE = /^agora-outbox:(\d+)\/(\d+):([0-9a-f]{16}):/;
const form = document.getElementById("codes");
const press = document.getElementById("scan");
const said = document.getElementById("read");
const camera = new Camera(document.getElementById("camera"), read);
let whole = ""; // the fingerprint that the codes in `texts` share
let texts = new Map();

function read(text) {
  const [, number, all, mark] = CODE.exec(text) || [];
  if (!mark) return;
  if (mark !== whole) {
    whole = mark; // another tablet, or this one has kept more since
    texts = new Map();
  }
  texts.set(number, text);
  said.textContent = form.dataset.read.replace("##", all).replace("#", texts.size);
  if (texts.size < Number(all)) return;
  camera.stop();
  form.elements.codes.value = [...texts.values()].join("\n");
  form.requestSubmit();
}

press.hidden = false;
camera.video.addEventListener("stopped", () => (press.textContent = form.dataset.start));
press.addEventListener("click", async () => {
  if (camera.on) return camera.stop();
  said.textContent = form.dataset.first;
  const why = await camera.start();
  if (why) said.textContent = form.dataset[why.toLowerCase()];
  else press.textContent = form.dataset.stop;
});
