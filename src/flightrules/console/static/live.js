// Lays a fresh copy of this page over the one that is shown, when the server says that something changed.
// The stream says only that; what is shown comes from the same address as the page, and its markup is parsed
// without scripts (no Trusted Types sink). Where a browser cannot do that the page is loaded again as a whole.

const main = () => document.getElementById("main");
const path = document.querySelector("script[data-live]").dataset.live;
const PAUSE_MS = 400;
let waiting = false;
let again = false;

function parsed(text) {
  return typeof Document.parseHTML === "function" ? Document.parseHTML(text, { sanitizer: {} }) : null;
}

const callbacks = {
  // An opened part stays open, and a box keeps what a person typed.
  beforeAttributeUpdated: (name, node) => !(name === "open" && node.tagName === "DETAILS"),
};

async function refresh() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" }, cache: "no-store" });
  if (!answer.ok || answer.redirected) {
    location.reload();
    return;
  }
  const fresh = parsed(await answer.text());
  const next = fresh && fresh.getElementById("main");
  if (!next) {
    location.reload();
    return;
  }
  Idiomorph.morph(main(), next, { ignoreActiveValue: true, callbacks });
  document.title = fresh.title;
  const [icon, other] = [document, fresh].map((one) => one.querySelector("link[rel=icon]"));
  if (icon && other && icon.getAttribute("href") !== other.getAttribute("href")) {
    icon.href = other.getAttribute("href");
  }
  document.dispatchEvent(new Event("refreshed"));
}

async function changed() {
  if (waiting) {
    again = true;
    return;
  }
  waiting = true;
  do {
    again = false;
    await new Promise((done) => setTimeout(done, PAUSE_MS));
    try {
      await refresh();
    } catch {
      // The stream comes back by itself, and says so again.
    }
  } while (again);
  waiting = false;
}

const stream = new EventSource(path);
stream.addEventListener("changed", changed);
let opened = false;
stream.addEventListener("open", () => {
  if (opened) changed();
  opened = true;
});
