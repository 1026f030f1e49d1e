#!/bin/sh
# Bring the English catalogue up to date: run after messages changed, then translate what is empty.
set -eu
cd "$(dirname "$0")/../../.."
messages=$(mktemp)
trap 'rm -f "$messages"' EXIT
po=editor/web/translations/en/LC_MESSAGES/messages.po
pybabel -q extract -F editor/web/translations/babel.cfg --no-location --sort-output \
    -k lazy_gettext -k pgettext:1c,2 -k lazy_pgettext:1c,2 -o "$messages" .
pybabel -q update -i "$messages" -o "$po" -l en --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 100
pybabel -q compile -i "$po" -o "${po%.po}.mo" -l en
