#!/bin/sh
# Writes the lock files from pyproject.toml: exact versions and hashes, for every platform, with no registry named.
set -e
cd "$(dirname "$0")/.."
export UV_CUSTOM_COMPILE_COMMAND="tools/lock.sh"
compile() { .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url "$@"; }
compile pyproject.toml --extra postgres --output-file requirements.lock
compile pyproject.toml --extra postgres --extra s3 --extra parquet --extra sentry --group dev --constraint requirements.lock --output-file requirements-dev.lock
