import { assertion, available, decode, post, say, words } from "./passkey.js";

const root = document.querySelector("[data-next]");
const told = document.querySelector("#told");
const word = document.querySelector("#word");

function enter() {
  location.replace(root.dataset.next);
}

async function attempt(work) {
  say(told, "");
  try {
    await work();
    enter();
  } catch (error) {
    say(told, words(error), true);
  }
}

document.querySelector("#by-passkey").addEventListener("click", () =>
  attempt(async () => {
    if (!available()) {
      throw new Error("This browser offers no passkeys here. It needs HTTPS with a trusted certificate, or localhost.");
    }
    const { challenge, rpId } = await post("/sign-in/challenge", {});
    await post("/sign-in/passkey", await assertion(decode(challenge), rpId));
  }),
);

document.querySelector("#by-link").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(() => post("/sign-in/link", { word: word.value }));
});

// The word of a link stands in the fragment. It is taken out of the address at once, and used only by a press.
if (location.hash.length > 1) {
  word.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname + location.search);
}
