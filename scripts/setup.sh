#!/usr/bin/env bash
# Installs what cmake/packages.txt names and this machine lacks: Debian packages (as root or by sudo), and PyPI packages
# in the local virtual environment .venv. Does nothing, and needs no root, where nothing is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

pins=cmake/packages.txt
missing=()
while read -r kind name version; do
  [[ $kind == debian ]] || continue
  dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -q '^installed$' || missing+=("$name=$version")
done <"$pins"

if ((${#missing[@]})); then
  echo "setup: installing ${#missing[@]} Debian packages: ${missing[*]%%=*}"
  sudo=()
  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || { echo "setup: root or sudo is needed to install them" >&2; exit 1; }
    sudo=(sudo)
  fi
  "${sudo[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

wanted=$(awk '$1 == "pypi" { print $2 "==" $3 }' "$pins")
stamp=.venv/installed.txt
if [[ ! -f $stamp || $(cat "$stamp") != "$wanted" ]]; then
  echo "setup: installing Python packages into .venv"
  [[ -x .venv/bin/python ]] || /usr/bin/python3 -m venv .venv
  # shellcheck disable=SC2086
  .venv/bin/python -m pip install --quiet --disable-pip-version-check $wanted
  echo "$wanted" >"$stamp"
fi
