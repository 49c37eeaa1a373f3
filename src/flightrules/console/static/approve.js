import { assertion, available, post, say, words } from "./passkey.js";

const LOOK_EVERY_MS = 3000;
const form = document.querySelector("#sign");
const button = document.querySelector("#approve");
const told = document.querySelector("#told");
const own = form.dataset;

function string(bytes) {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return [...length, ...bytes];
}

// The bytes that an SSH signature over the statement covers, computed here from the statement itself.
async function covered(message) {
  const text = (words) => new TextEncoder().encode(words);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-512", text(message)));
  const parts = [text("approval@flightrules"), text(""), text("sha512"), digest];
  return new Uint8Array([...text("SSHSIG"), ...parts.flatMap((part) => string(part))]);
}

function requireShown(message) {
  const said = JSON.parse(message);
  const shown = { incident: own.incident, plan: own.plan, review: own.review, intent: own.intent };
  for (const [name, value] of Object.entries(shown)) {
    if (said[name] !== value || said.decision !== "approve") {
      throw new Error("The plan is another one now. Nothing was signed: load the page again and read it.");
    }
  }
}

async function sign() {
  if (!available()) {
    throw new Error("This browser offers no passkeys here. Sign at a terminal instead.");
  }
  const acknowledged = document.querySelectorAll("[name=acknowledge]").length > 0;
  const address = `/approve/${own.incident}`;
  const { message } = await post(`${address}/statement`, { review: own.review, acknowledged });
  requireShown(message);
  const answer = await assertion(await covered(message), own.rpId);
  await post(`${address}/signature`, { message, ...answer });
}

// Without this script the button would do nothing, so it is not there.
if (button) {
  button.hidden = false;
  document.querySelector("#unscripted").hidden = true;
}

button?.addEventListener("click", async () => {
  if (!form.reportValidity()) {
    return;
  }
  button.disabled = true;
  say(told, "");
  try {
    await sign();
    location.reload();
  } catch (error) {
    say(told, words(error), true);
    button.disabled = false;
  }
});

function moved(text) {
  button?.remove();
  say(told, text, true);
}

// The form is never laid over: when the plan moves, the page says so and the button is gone.
async function look() {
  try {
    const answer = await fetch(`/approve/${own.incident}/state`, { headers: { Accept: "application/json" } });
    const state = await answer.json();
    if (state.review !== own.review) {
      moved(state.says);
      return;
    }
  } catch {
    // Not reached now; asked again.
  }
  setTimeout(look, LOOK_EVERY_MS);
}

if (own.review) {
  setTimeout(look, LOOK_EVERY_MS);
}
