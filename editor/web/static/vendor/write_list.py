"""Write vendor.json: what each vendored file is, and its sha256."""

import hashlib
import json
from pathlib import Path

HERE = Path(__file__).resolve().parent
KNOWN = {
    "htmx": ("0BSD", "npm htmx.org"),
    "sortablejs": ("MIT", "npm sortablejs"),
    "tiptap": ("MIT", "npm @tiptap/*, bundled by bundle-tiptap.sh"),
}


def row(file: Path) -> dict[str, str]:
    """Return the entry of one file; its name is `name-version.min.js`."""
    name, _, version = file.name.removesuffix(".min.js").rpartition("-")
    licence, source = KNOWN[name]
    return {
        "name": name,
        "version": version,
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "licence": licence,
        "source": source,
    }


def main() -> None:
    """Write the list, one entry a file, in order of their names."""
    rows = [row(file) for file in sorted(HERE.glob("*.min.js"))]
    (HERE / "vendor.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
