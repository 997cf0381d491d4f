// Shares text and film by the phone's own sheet where it can; otherwise the buttons to copy and save remain.
"use strict";

for (const button of document.querySelectorAll("[data-share]")) {
  if (!navigator.share) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.querySelector(button.dataset.share).textContent;
    button.disabled = true;
    try {
      const copied = navigator.clipboard ? navigator.clipboard.writeText(text).catch(() => {}) : null;
      const files = await Promise.all(button.dataset.files.trim().split(/\s+/).filter(Boolean).map(fetched));
      await copied;
      const whole = files.length ? { text, files } : { text };
      await navigator.share(navigator.canShare && !navigator.canShare(whole) ? { text } : whole);
    } catch (error) {
      if (error.name !== "AbortError") failed(button);
    } finally {
      button.disabled = false;
    }
  });
}

async function fetched(address) {
  const reply = await fetch(address, { credentials: "same-origin" });
  if (!reply.ok) throw new Error(String(reply.status));
  const name = /filename="?([^";]+)/.exec(reply.headers.get("Content-Disposition") || "");
  const blob = await reply.blob();
  return new File([blob], name ? name[1] : "post", { type: blob.type });
}

function failed(button) {
  let note = button.parentElement.querySelector("[role=alert]");
  if (!note) {
    note = document.createElement("p");
    note.setAttribute("role", "alert");
    button.after(note);
  }
  note.textContent = button.dataset.failed;
}
