#!/bin/sh
# simple_salesforce.sh SANDBOX CACHE-FOLDER: installs the client once, then runs its suite.
set -eu
SANDBOX=$1
CACHE=$2/simple_salesforce
here=$(cd "$(dirname "$0")" && pwd)
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then echo "python3-venv is missing: install that Debian package"; exit 77; fi
if ! cmp -s "$here/requirements.txt" "$CACHE/requirements.txt"; then
  rm -rf "$CACHE"
  python3 -m venv "$CACHE"
  "$CACHE/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$CACHE/"
fi
. "$here/run_suite.sh"
"$CACHE/bin/python" -B "$here/simple_salesforce_suite.py" "$READY"
