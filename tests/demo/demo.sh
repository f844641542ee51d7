#!/bin/sh
# The demo on a finished build: demo.sh BUILD-FOLDER
set -eu
exec python3 -B "$(dirname "$0")/demo.py" "$@"
