#!/usr/bin/env bash
# Installs what the tests need and this machine lacks.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/apt.sh

command -v cc >/dev/null || apt_install build-essential
command -v chromium >/dev/null || { echo "installing Chromium"; apt_install chromium; }
if ! cargo nextest --version >/dev/null 2>&1; then
  echo "installing cargo-nextest"
  cargo install cargo-nextest --locked --quiet
fi
scripts/python.sh test
npm ci --prefix web --no-fund --no-audit --silent
