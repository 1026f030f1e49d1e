// A plain form around the text editor: its tree goes along when the form is sent.
const form = document.querySelector("form:has(body-editor)");
let sent = false;
let typed = false;

form.addEventListener("body-change", () => { typed = true; });
form.addEventListener("submit", (event) => {
  const body = form.querySelector("body-editor");
  if (!body.editor) return;
  if (body.composing) {
    event.preventDefault();
    return;
  }
  form.elements.tree.value = body.tree();
  sent = true;
});
addEventListener("beforeunload", (event) => {
  if (typed && !sent) event.preventDefault();
});
