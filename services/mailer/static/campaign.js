// The living part of a campaign's page: fetched again every two seconds while mails go out.

const part = document.getElementById("progres");
const said = document.getElementById("annonce");
const every = 2000;
let state = part.dataset.state;
let spoken = Date.now();

async function refresh() {
  try {
    const answer = await fetch(part.dataset.live, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return schedule(10_000);
    part.innerHTML = await answer.text();
    const now = answer.headers.get("X-Campaign-State");
    // A screen reader hears the figure twice a minute, not at every beat.
    if (now !== state || Date.now() - spoken > 30_000) {
      said.textContent = part.querySelector(".figure").textContent;
      spoken = Date.now();
    }
    if (now !== state) return location.reload();
    schedule(every);
  } catch {
    schedule(10_000);
  }
}

function schedule(delay) {
  if (state === "running") setTimeout(document.hidden ? () => schedule(delay) : refresh, delay);
}

schedule(every);
