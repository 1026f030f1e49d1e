// <row-list>: rows of fields that can be added and removed; without a script one row is spare.
class RowList extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      if (event.target.closest("[data-add]")) this.add();
      const remove = event.target.closest("[data-remove]");
      if (remove) this.drop(remove.closest("[data-row]"));
      const move = event.target.closest("[data-up], [data-down]");
      if (move) this.move(move.closest("[data-row]"), move.hasAttribute("data-up"));
    });
    for (const button of this.querySelectorAll("button")) button.hidden = false;
    this.querySelector(".no-script")?.remove();
    const rows = this.rows();
    const spare = rows.at(-1);
    this.blank = spare.cloneNode(true);
    this.blank.classList.remove("wrong");
    // the spare row is for pages without scripts
    if (empty(spare) && (rows.length > 1 || this.hasAttribute("data-optional"))) spare.remove();
  }

  rows() {
    return [...this.querySelectorAll("[data-row]")];
  }

  add() {
    const row = this.blank.cloneNode(true);
    for (const field of row.querySelectorAll("input, textarea")) field.value = "";
    for (const button of row.querySelectorAll("button")) button.hidden = false;
    this.querySelector("[data-rows]").append(row);
    row.querySelector("input:not([type=hidden]), textarea").focus();
  }

  drop(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (next?.querySelector("input:not([type=hidden])") ?? this.querySelector("[data-add]")).focus();
    this.changed();
  }

  move(row, up) {
    const other = up ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    if (up) other.before(row);
    else other.after(row);
    row.querySelector(up ? "[data-up]" : "[data-down]").focus();
    this.changed();
  }

  changed() {
    this.dispatchEvent(new CustomEvent("rows-changed", { bubbles: true }));
  }
}

function empty(row) {
  return [...row.querySelectorAll("input, textarea")].every((field) => !field.value.trim());
}
customElements.define("row-list", RowList);
