#!/usr/bin/env bash
# Locks both profiles with hashes: `make lock`. PIP_FIND_LINKS, where set, is where the CPU build of torch lies.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x .venv/bin/uv ] || { python3 -m venv .venv && .venv/bin/python -m pip install --quiet uv; }
compile() {
  profile=$1
  shift
  .venv/bin/uv pip compile pyproject.toml --extra "$profile" --extra dev --override "requirements/$profile.overrides.txt" \
    --generate-hashes --no-emit-find-links --no-emit-index-url --no-header --python-version 3.11 \
    --python-platform x86_64-manylinux_2_28 --quiet --output-file "requirements/$profile.txt" "$@"
}
if [ -n "${PIP_FIND_LINKS:-}" ]; then
  UV_FIND_LINKS=${PIP_FIND_LINKS// /,} compile cpu
else
  compile cpu --extra-index-url https://download.pytorch.org/whl/cpu --index-strategy unsafe-best-match
fi
env -u UV_FIND_LINKS .venv/bin/uv --version >/dev/null
UV_FIND_LINKS='' compile gpu
# What goes beside either profile; the last names are what the profiles lack of its needs.
beside() {
  printf '%s\n' "${@:2}" | UV_FIND_LINKS='' .venv/bin/uv pip compile - --no-deps --generate-hashes --no-header \
    --no-annotate --python-version 3.11 --python-platform x86_64-manylinux_2_28 --quiet --output-file "requirements/$1.txt"
}
beside ray 'ray[data]>=2.60,<2.64' msgpack
beside router 'vllm-router>=0.1.17,<0.2' orjson
beside peers 'llama-cpp-python>=0.3.30,<0.4' diskcache
echo uv | UV_FIND_LINKS='' .venv/bin/uv pip compile - --generate-hashes --no-header --no-annotate --quiet --output-file requirements/uv.txt
