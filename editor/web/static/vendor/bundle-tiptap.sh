#!/bin/sh
# Bundle Tiptap into one file beside this script (needs node and npm, once).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
version=$(sed -n 's/.*"version": "\(.*\)",/\1/p' "$here/src/package.json" | head -n 1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/src/package.json" "$here/src/tiptap.js" "$work/"
cd "$work"
npm install --no-package-lock --no-audit --no-fund --silent
./node_modules/.bin/esbuild tiptap.js --bundle --minify --format=iife --global-name=Tiptap \
  --target=es2020 --legal-comments=eof --log-level=warning \
  --outfile="$here/tiptap-$version.min.js"
: > "$here/tiptap-$version.LICENSE"
for folder in node_modules/@tiptap/*/ node_modules/prosemirror-*/ node_modules/orderedmap/ \
  node_modules/rope-sequence/ node_modules/w3c-keyname/; do
  for licence in "$folder"LICENSE*; do
    [ -f "$licence" ] || continue
    { echo "== ${folder#node_modules/}"; cat "$licence"; echo; } >> "$here/tiptap-$version.LICENSE"
  done
done
