import { assertion, available, decode, encode, post, say, words } from "./passkey.js";

const told = document.querySelector("#told");
const result = document.querySelector("#result");

async function make() {
  const options = await post("/enrol/options", {});
  const user = { id: decode(options.handle), name: options.name, displayName: options.name };
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      rp: { id: options.rpId, name: "flightrules" },
      user,
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
      timeout: 120000,
    },
  });
  const publicKey = encode(made.response.getPublicKey());
  // Possession is proven at once: only a passkey that answers gets a line.
  return post("/enrol/key", { publicKey, ...(await assertion(decode(options.challenge), options.rpId)) });
}

document.querySelector("#make").addEventListener("click", async () => {
  say(told, "");
  try {
    if (!available()) {
      throw new Error("This browser offers no passkeys here. It needs HTTPS with a trusted certificate, or localhost.");
    }
    const said = await make();
    for (const name of ["fingerprint", "line", "command"]) {
      document.querySelector(`#${name}`).textContent = said[name];
    }
    document.querySelector("#synced").hidden = !said.synced;
    result.hidden = false;
    result.querySelector("h2").focus();
  } catch (error) {
    say(told, words(error), true);
  }
});
