"""What Lighthouse says of the public form on its phone settings. `npx` fetches it; without one it is unmeasured."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

from deploy.local import packages
from tests.load.marks import Marks
from tests.load.registration.house import House

LIGHTHOUSE = "lighthouse@12.8.2"
RUNS = 3  # the middle one counts: a phone is simulated from what a busy machine did
CATEGORIES = ("performance", "accessibility")
TRIES = 3  # of each: now and then Chromium's trace lacks its beginning, and Lighthouse asks to be run again
SECONDS = 180


def lighthouse(house: House, marks: Marks) -> None:
    npx = shutil.which("npx")
    if not npx:
        for name in CATEGORIES:
            marks.failed(
                f"registration-form-lighthouse-{name}", ">=95", "npx is not here (Debian: apt-get install npm)"
            )
        return
    url = f"{house.url}/e/{house.event(300).slug}/inscription"
    found = [_scores(npx, url) for _ in range(RUNS)]
    for name in CATEGORIES:
        marks.at_least(f"registration-form-lighthouse-{name}", sorted(one[name] for one in found)[RUNS // 2], 95, "")


def _scores(npx: str, url: str) -> dict[str, float]:
    """Category to score, 0–100. Prints what cost points."""
    options = ["--quiet", "--output=json", "--only-categories=" + ",".join(CATEGORIES)]
    flags = "--chrome-flags=--headless=new --no-sandbox --disable-gpu"
    environment = os.environ | {"CHROME_PATH": str(packages.chromium())}
    command = [npx, "--yes", LIGHTHOUSE, url, *options, flags]
    for _ in range(TRIES):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
        if "run Lighthouse again" not in done.stderr:
            break
        print("  Lighthouse found no beginning in the trace: once more", flush=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    report = json.loads(done.stdout)
    for category in CATEGORIES:
        for one in report["categories"][category]["auditRefs"]:
            audit = report["audits"][one["id"]]
            if one["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                print(f"  {audit['id']} {audit['score']}: {audit.get('displayValue', audit['title'])}", flush=True)
    return {name: 100 * report["categories"][name]["score"] for name in CATEGORIES}
