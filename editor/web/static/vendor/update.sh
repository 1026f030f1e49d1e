#!/bin/sh
# Fetch the vendored scripts again: run by a developer with npm, never by an installation.
# Each line of the table at the end names a package, its exact version and the file.
# Files of packages that need bundling are made by bundle-*.sh beside this script.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

plain() { # package version file
    cd "$work"
    archive=$(npm pack --silent "$1@$2")
    mkdir -p "$1" && tar -xzf "$archive" -C "$1"
    short=${1%.org}
    cp "$1/package/$3" "$here/$short-$2.min.js"
    cp "$1/package/LICENSE" "$here/$short-$2.LICENSE"
}

plain htmx.org 2.0.11 dist/htmx.min.js
plain sortablejs 1.15.7 Sortable.min.js
for bundle in "$here"/bundle-*.sh; do
    if [ -e "$bundle" ]; then sh "$bundle"; fi
done
python3 "$here/write_list.py"
