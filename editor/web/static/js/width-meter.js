// <width-meter>: how wide a headline is on its line of the contents; full-width counts 1, half 0.5.
const WIDE = /[\u1100-\u115f\u2014\u2018-\u201d\u2026\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

export function width(text) {
  let sum = 0;
  for (const character of text) sum += WIDE.test(character) || character > "\uffff" ? 1 : 0.5;
  return sum;
}

class WidthMeter extends HTMLElement {
  connectedCallback() {
    this.field = document.getElementById(this.dataset.for);
    this.field.addEventListener("input", () => this.show());
    this.show();
  }

  show() {
    const most = Number(this.dataset.most);
    const now = width(this.field.value.trim());
    this.toggleAttribute("data-over", now > most);
    const words = now > most ? this.dataset.over : this.dataset.fits;
    this.textContent = words.replace("{now}", now).replace("{most}", most);
  }
}
customElements.define("width-meter", WidthMeter);
