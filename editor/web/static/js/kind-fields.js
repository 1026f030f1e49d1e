// A new item's form shows the groups of fields that belong to the chosen kind.
const kind = document.getElementById("kind");

function show() {
  for (const group of document.querySelectorAll("[data-kind]")) {
    group.hidden = group.dataset.kind !== kind.value;
  }
}
kind.addEventListener("change", show);
show();
