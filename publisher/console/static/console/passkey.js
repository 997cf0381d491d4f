// Forms with data-passkey ("get" or "create") ask the browser for a passkey and send its answer along.
"use strict";

(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  function asked(options) {
    const key = { ...options, challenge: bytes(options.challenge) };
    if (key.user) key.user = { ...key.user, id: bytes(key.user.id) };
    for (const list of ["allowCredentials", "excludeCredentials"]) {
      if (key[list]) key[list] = key[list].map((one) => ({ ...one, id: bytes(one.id) }));
    }
    return { publicKey: key };
  }

  function answered(credential) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    const extensions = credential.getClientExtensionResults();
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: extensions });
  }

  async function fill(form) {
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    const reply = await fetch(form.dataset.options, { method: "POST", headers: { "X-CSRFToken": token }, credentials: "same-origin" });
    if (!(reply.headers.get("Content-Type") || "").startsWith("application/json")) return; // the server asks something first
    const options = asked((await reply.json()).publicKey);
    const credential = form.dataset.passkey === "create" ? await navigator.credentials.create(options) : await navigator.credentials.get(options);
    form.querySelector("[name=credential]").value = answered(credential);
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const said = form.querySelector("[data-passkey-failed]");
    if (!window.PublicKeyCredential) {
      form.hidden = true;
      continue;
    }
    form.addEventListener("submit", (event) => {
      if (!event.submitter || !event.submitter.hasAttribute("data-passkey-go")) return;
      event.preventDefault();
      said.hidden = true;
      fill(form).then(() => form.submit()).catch(() => { said.hidden = false; });
    });
  }
})();
