// <copy-post>: copies an article with its looks, or its title, for pasting into another editor.
// The article is never put into this page: it goes from the server to the clipboard as it is.
import { announce, say } from "./desk.js";

class CopyPost extends HTMLElement {
  connectedCallback() {
    for (const button of this.querySelectorAll("[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", () => this.copy(button));
    }
  }

  async copy(button) {
    button.disabled = true;
    try {
      if (button.dataset.copy === "title") {
        this.done(await put({ "text/plain": this.dataset.title }), this.dataset.copiedTitle);
      } else {
        const html = await this.fetched();
        if (html === null) say(this.dataset.failed);
        else this.done(await put({ "text/html": html, "text/plain": plain(html) }), this.dataset.copied);
      }
    } finally {
      button.disabled = false;
      button.focus();
    }
  }

  async fetched() {
    try {
      const answer = await fetch(this.dataset.url, { credentials: "same-origin" });
      return answer.ok && !answer.redirected ? await answer.text() : null;
    } catch {
      return null;
    }
  }

  done(copied, sentence) {
    if (!copied) return say(this.dataset.refused);
    say(sentence);
    return announce(sentence);
  }
}

// read without a parser: the page's policy would count every inline style of a parsed document
const ENDS = /<\/(p|li|tr|section)>|<br>/g;
const SIGNS = { "&lt;": "<", "&gt;": ">", "&#34;": '"', "&#39;": "'", "&amp;": "&" };

function plain(html) {
  const text = html.replace(ENDS, "\n").replace(/<[^>]*>/g, "");
  return text.replace(/&(lt|gt|#34|#39|amp);/g, (sign) => SIGNS[sign]).replace(/\n\s*/g, "\n").trim();
}

// plain http on an office network has no navigator.clipboard; a copy event works everywhere
async function put(kinds) {
  if (byEvent(kinds)) return true;
  if (!navigator.clipboard?.write) return false;
  const blobs = Object.entries(kinds).map(([kind, text]) => [kind, new Blob([text], { type: kind })]);
  try {
    await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
    return true;
  } catch {
    return false;
  }
}

function byEvent(kinds) {
  let taken = false;
  const take = (event) => {
    for (const [kind, text] of Object.entries(kinds)) event.clipboardData.setData(kind, text);
    event.preventDefault();
    taken = true;
  };
  document.addEventListener("copy", take, { once: true, capture: true });
  const allowed = document.execCommand("copy");
  document.removeEventListener("copy", take, { capture: true });
  return allowed && taken;
}
customElements.define("copy-post", CopyPost);
