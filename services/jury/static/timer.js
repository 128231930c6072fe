// The clock of a presentation: counts down calmly, says in words when it is soon over and when it is over. The bell is
// silent unless somebody in the room pressed its button.

const bell = document.getElementById("bell");
const SOON = 60;
let rung = "";
let audio = null;

if (bell) {
  bell.hidden = false;
  bell.addEventListener("click", () => {
    const on = bell.getAttribute("aria-pressed") !== "true";
    bell.setAttribute("aria-pressed", String(on));
    bell.textContent = on ? bell.dataset.on : bell.dataset.off;
    if (on && !audio) audio = new AudioContext();
  });
}

/** One soft tone that fades within two seconds. */
function ring() {
  if (!bell || bell.getAttribute("aria-pressed") !== "true" || !audio) return;
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 523;
  volume.gain.setValueAtTime(0.2, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 2);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 2);
}

function digits(seconds) {
  const whole = Math.abs(seconds);
  return `${seconds < 0 ? "+" : ""}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function tick() {
  const now = Date.now() + Number(document.documentElement.dataset.offset || 0);
  for (const timer of document.querySelectorAll("[data-timer][data-ends]")) {
    const left = Math.ceil((Date.parse(timer.dataset.ends) - now) / 1000);
    const shown = timer.querySelector(".timer-digits");
    const words = timer.querySelector(".timer-words");
    const text = digits(left);
    if (shown.textContent !== text) shown.textContent = text;
    const said = left <= 0 ? timer.dataset.over : left <= SOON ? timer.dataset.soon : "";
    if (words.textContent !== said) words.textContent = said;
    timer.classList.toggle("is-soon", left > 0 && left <= SOON);
    timer.classList.toggle("is-over", left <= 0);
    if (left <= 0 && left > -5 && rung !== timer.dataset.ends) {
      rung = timer.dataset.ends;
      ring();
    }
  }
}

setInterval(tick, 250);
tick();
