// Passkeys, and messages to the server. No text that comes from anywhere is ever made into markup.

export function encode(buffer) {
  const text = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function decode(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}

export async function post(path, data) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(data),
  });
  const said = await answer.json();
  if (!answer.ok || said.ok === false) {
    throw new Error(said.says ?? "The server did not understand that.");
  }
  return said;
}

export async function assertion(challenge, rpId) {
  const publicKey = { challenge, rpId, userVerification: "required", allowCredentials: [], timeout: 120000 };
  const { response } = await navigator.credentials.get({ publicKey });
  return {
    authenticatorData: encode(response.authenticatorData),
    clientDataJSON: encode(response.clientDataJSON),
    signature: encode(response.signature),
  };
}

export function say(element, text, wrong = false) {
  element.textContent = text;
  element.classList.toggle("wrong", wrong);
  element.hidden = !text;
}

export function words(error) {
  if (error.name === "NotAllowedError") {
    return "Nothing was signed: it was cancelled, took too long, or this device has no such passkey.";
  }
  if (error.name === "SecurityError") {
    return "This browser offers no passkeys at this address. Open the console at the address in the settings.";
  }
  return error.message;
}

export function available() {
  return typeof PublicKeyCredential !== "undefined";
}
