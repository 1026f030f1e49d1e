// Sends a picture to be stored; says in words when it was not.
import { announce, say } from "./desk.js";

// Returns the stored picture's hash, "" when it could not be stored.
export async function storePicture(url, file, words) {
  const body = new FormData();
  body.set("file", file);
  body.set("csrf_token", document.querySelector('meta[name="csrf-token"]').content);
  announce(words.uploading);
  const answer = await fetch(url, {
    method: "POST", body, headers: { "HX-Request": "true" },
  }).catch(() => null);
  if (answer?.ok) return (await answer.json()).sha256;
  const sentence = answer?.headers.get("X-Sentence");
  say(sentence ? decodeURIComponent(sentence) : words.not_uploaded);
  return "";
}
