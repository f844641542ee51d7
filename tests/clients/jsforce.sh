#!/bin/sh
# jsforce.sh SANDBOX CACHE-FOLDER: installs the client once, then runs its suite.
set -eu
SANDBOX=$1
CACHE=$2/jsforce
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v npm >/dev/null; then echo "npm is missing: install the Debian packages nodejs and npm"; exit 77; fi
mkdir -p "$CACHE"
if ! cmp -s "$here/package.json" "$CACHE/package.json" || [ ! -d "$CACHE/node_modules/jsforce" ]; then
  cp "$here/package.json" "$CACHE/"
  (cd "$CACHE" && npm install --no-audit --no-fund --no-package-lock --loglevel=error)
fi
. "$here/run_suite.sh"
JSFORCE=$CACHE/node_modules/jsforce node "$here/jsforce_suite.js" "$READY"
