#!/bin/sh
# Installs rollctl into a new virtual environment, $1, from the locks beside this file and the
# checkout that is the working directory; nothing else is downloaded, nothing that builds is left.
set -eu
target=$1
locks=$(dirname "$0")
python3 -m venv "$target"
pip="$target/bin/python -m pip --disable-pip-version-check"
$pip install --quiet --no-compile --require-hashes --only-binary :all: \
  -r "$locks/build.lock" -r "$locks/requirements.lock"
$pip install --quiet --no-compile --no-deps --no-build-isolation --no-index .
$pip uninstall --quiet --yes setuptools pip
# The file system is read-only later, and times of files would make two builds differ.
"$target/bin/python" -m compileall -q -j 0 --invalidation-mode unchecked-hash "$target/lib"
