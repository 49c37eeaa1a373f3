// Keys for lists and pages, clocks that run, and times in UTC or local. No key approves or rejects.

const links = () => [...document.querySelectorAll("[data-list] a[href]")].filter((one) => one.offsetParent !== null);
const typing = (node) => node instanceof HTMLElement && node.closest("input, textarea, select, [contenteditable]");
let before = "";

function move(step) {
  const every = links();
  const at = every.indexOf(document.activeElement);
  const next = every[at < 0 ? (step > 0 ? 0 : every.length - 1) : Math.min(Math.max(at + step, 0), every.length - 1)];
  if (next) next.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const pair = before + event.key;
  before = event.key === "g" ? "g" : "";
  if (pair === "gb") location.href = "/";
  else if (pair === "gh") location.href = "/history";
  else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "u") turn();
  else if (event.key === "?") {
    const help = document.querySelector("details.help");
    if (help) {
      help.open = !help.open;
      help.querySelector("summary").focus();
    }
  }
});

// Times: the page is in UTC; `u` shows them in the zone of the browser and back.
let local = false;
function turn() {
  local = !local;
  show();
}
function show() {
  for (const one of document.querySelectorAll("time[datetime]")) {
    one.dataset.utc ??= one.textContent;
    const at = new Date(one.dateTime);
    one.textContent = local ? `${at.toLocaleString()} local` : one.dataset.utc;
  }
}

// The clocks that stand large run by themselves between two versions of the page.
function words(seconds) {
  const [sign, left] = seconds < 0 ? ["\u2212", -seconds] : ["", seconds];
  return `${sign}${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}
function tick() {
  for (const one of document.querySelectorAll("[data-until]")) {
    const left = Math.round((new Date(one.dataset.until) - Date.now()) / 1000);
    if (Math.abs(left) < 3600) one.textContent = words(left);
  }
}
document.addEventListener("refreshed", () => {
  for (const one of document.querySelectorAll("time[data-utc]")) delete one.dataset.utc;
  if (local) show();
  tick();
});
setInterval(tick, 1000);
