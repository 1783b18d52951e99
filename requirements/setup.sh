#!/usr/bin/env bash
# Makes .venv from requirements/PROFILE.txt: setup.sh PROFILE [index options]. uv is fetched where it is lacking.
set -euo pipefail
profile=$1
shift
python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && ! command -v uv >/dev/null; then
  echo "BINI's locked requirements are for Python 3.11; found $("$python" --version 2>&1 || echo none)." >&2
  echo "Install Python 3.11 or uv (which fetches it), or name one: PYTHON=/path/to/python3.11 make setup" >&2
  exit 2
fi
if command -v uv >/dev/null; then
  uv=uv
  [ -x .venv/bin/python ] || uv venv --quiet --python 3.11 .venv
else
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --require-hashes --requirement requirements/uv.txt
  uv=.venv/bin/uv
fi
echo "Installing the $profile profile into .venv (some GB; a minute or two) …"
"$uv" pip install --quiet --python .venv/bin/python --no-deps --require-hashes --requirement "requirements/$profile.txt" "$@"
"$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
