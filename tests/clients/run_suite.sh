# Shared by the suites: starts a sandbox on a free port, runs a command with its ready file, ends it.
# Sourced; expects SANDBOX (the program) and CACHE (a folder that stays).
exec 2>&1
work=$(mktemp -d)
trap 'kill "$sandbox" 2>/dev/null; wait "$sandbox" 2>/dev/null; rm -rf "$work"' EXIT
mkfifo "$work/started"
"$SANDBOX" --size Contact=4500 --size Lead=600 --bulk-delay 50 --ready-file "$work/ready.json" >"$work/started" &
sandbox=$!
# The line comes when it listens; the ready file is written right after it.
read -r line <"$work/started"
echo "$line"
while [ ! -f "$work/ready.json" ]; do kill -0 "$sandbox" || exit 1; done
READY=$work/ready.json
