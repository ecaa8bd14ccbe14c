#!/usr/bin/env bash
# Measures the figures of the design on release builds and prints them as
# Markdown tables, each with its yardstick. Run it on a machine that does
# nothing else: two cores hold the server and the load generator.
set -euo pipefail
cd "$(dirname "$0")/.."

sessions=${SESSIONS:-100000}
seconds=${SECONDS_PER_RUN:-20}
target=${CARGO_TARGET_DIR:-target}
data=$(mktemp -d "${TMPDIR:-/var/tmp}/pandaprobe-bench.XXXXXX")
server=

stop() {
  [ -z "$server" ] || { kill "$server" && wait "$server" || true; } 2>/dev/null
  server=
}
trap 'stop; rm -rf "$data"' EXIT

# serve DIR: starts a server and sets `url`.
serve() {
  "$target/release/pandaprobe" serve --listen 127.0.0.1:0 --data "$1" >"$data/out" &
  server=$!
  until url=$(grep -o 'http://127.0.0.1:[0-9]*' "$data/out" | head -1) && [ -n "$url" ]; do sleep 0.1; done
}

make --no-print-directory web
cargo build --release --quiet -p pandaprobe -p pandaprobe-bench
bench=$target/release/pandaprobe-bench

echo "## Ingest"
serve "$data/ingest"
"$bench" ingest --url "$url" --mode single --connections 8 --seconds "$seconds" --then-half --pid "$server" --disk "$data"
"$bench" ingest --url "$url" --mode batch --batch 50 --connections 8 --seconds "$seconds" --pid "$server" --disk "$data"
stop

echo "## Sessions ($sessions)"
serve "$data/sessions"
"$bench" fill-sessions --url "$url" --count "$sessions"
"$bench" list --url "$url"
"$bench" list --url "$url" --ingest 6250
"$bench" head --url "$url"
stop

echo "## Start"
"$bench" startup --binary "$target/release/pandaprobe" --data "$data/sessions"

echo "## Python SDK"
scripts/python.sh build
(cd python && ../.venv/bin/maturin build --release --quiet -o dist)
python3 benches/sdk/bench.py
