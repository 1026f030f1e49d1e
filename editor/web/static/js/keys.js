// Single-key commands: never while somebody types or composes, letters and digits by position.
const TEXT = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog";
const SEQUENCE_MS = 1000;

export function nameOf(event) {
  if (event.key === "/" || event.key === "?") return event.key;
  const letter = event.code.replace(/^(Key|Digit|Numpad)/, "").toLowerCase();
  return event.shiftKey && letter.length === 1 ? `shift+${letter}` : letter;
}

export function listens(event) {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return false;
  if (event.ctrlKey || event.altKey || event.metaKey) return false;
  return !event.target.closest?.(TEXT) && !document.querySelector("dialog[open]");
}

// `actions` maps a name ("j", "shift+x", "g r") to a function; one that returns false lets go.
export function listen(actions) {
  let first = "";
  let since = 0;
  document.addEventListener("keydown", (event) => {
    if (!listens(event)) return;
    const name = nameOf(event);
    const pair = event.timeStamp - since < SEQUENCE_MS ? `${first} ${name}` : "";
    const action = actions[pair] ?? actions[name];
    first = name;
    since = event.timeStamp;
    if (action && action(event) !== false) event.preventDefault();
  });
}
