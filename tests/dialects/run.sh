#!/bin/sh
# run.sh SUITE RENDER_DIALECT CACHE-FOLDER: installs the suite's modules once, then runs it.
set -eu
exec 2>&1
suite=$1
RENDER=$2
CACHE=$3/$suite
here=$(cd "$(dirname "$0")" && pwd)
wanted=$here/requirements-$suite.txt
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then echo "python3-venv is missing: install that Debian package"; exit 77; fi
if ! cmp -s "$wanted" "$CACHE/requirements.txt"; then
  rm -rf "$CACHE"
  python3 -m venv "$CACHE"
  log=$CACHE/install.log
  if ! "$CACHE/bin/pip" install --disable-pip-version-check --retries 1 -r "$wanted" >"$log" 2>&1; then
    cat "$log"
    # A registry that answers and lacks the module is a fault of ours.
    if grep -qE 'NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|name resolution|Network is unreachable|Max retries' "$log"; then
      echo "skipped: the Python registry cannot be reached"
      exit 77
    fi
    exit 1
  fi
  cp "$wanted" "$CACHE/requirements.txt"
fi
"$CACHE/bin/python" -B "$here/${suite}_suite.py" "$RENDER"
