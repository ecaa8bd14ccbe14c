#!/usr/bin/env bash
# Makes the Python environment in .venv: `python.sh build` with what building
# the wheel needs, `python.sh test` with what the tests need as well.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  echo "installing Debian's python3-venv"
  . scripts/apt.sh
  apt_install python3-venv
fi
[ -x .venv/bin/python ] || "$python" -m venv .venv

case ${1:-build} in
  build) wanted=(maturin) ;;
  # The way users install it, but for the build profile.
  test) wanted=(maturin schemathesis "--config-settings=build-args=--profile dev" "./python[test,lint]") ;;
  *) echo "usage: python.sh build|test" >&2; exit 2 ;;
esac
.venv/bin/pip install --quiet --disable-pip-version-check "${wanted[@]}"

# The original package, which a test runs unchanged against our server.
if [ "${1:-build}" = test ]; then
  [ -x .venv-original/bin/python ] || "$python" -m venv .venv-original
  .venv-original/bin/pip install --quiet --disable-pip-version-check \
    pandaprobe==0.6.0 openai langgraph langchain-openai
fi
