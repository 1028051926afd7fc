# Prepare a virtual environment from a lock file; the other scripts source this, nobody runs it.
#
#   environment <folder> <lock file>    afterwards $python is its interpreter, and the checkout is importable
#
# A stamp remembers what the folder was made from, so the second start costs one checksum.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export UV_SYSTEM_CERTS=1 PIP_DISABLE_PIP_VERSION_CHECK=1
export PYTHONPATH=$top  # before site-packages: a foreign library named `schema` cannot hide ours
export PYTHONSAFEPATH=1 # nor can a file of that name in the folder the user stands in
system_certificates=/etc/ssl/certs/ca-certificates.crt
if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -r "$system_certificates" ]; then
  export NODE_EXTRA_CA_CERTS=$system_certificates # for npm what UV_SYSTEM_CERTS is for uv
fi

say() { printf 'paifang: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 3
}

find_python() {
  local name found without_venv=''
  for name in python3.11 python3.12 python3.13 python3 python3.14 python; do # the tested version first
    found=$(command -v "$name") || continue
    "$found" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    if "$found" -c 'import ensurepip, venv' 2>/dev/null; then
      printf '%s\n' "$found"
      return
    fi
    without_venv=${without_venv:-$found}
  done
  [ -z "$without_venv" ] || die "$without_venv has no venv module; type: apt-get install python3-venv (as root), then run this again"
  die 'Python 3.11 or newer is needed; type: apt-get install python3 python3-venv (as root), then run this again'
}

install_environment() { # folder, lock file
  local base
  if ! "$1/bin/python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    base=$(find_python) || exit
    say "preparing ${1#"$top"/} with $base (once; later starts skip this)"
    "$base" -m venv --clear "$1" || die "could not make $1; remove that folder and run this again"
  else
    say "bringing ${1#"$top"/} up to date with ${2#"$top"/}"
  fi
  if ! "$1/bin/python" -m uv --version >/dev/null 2>&1; then
    say 'fetching uv, the installer, from PyPI'
    "$1/bin/python" -m pip install --quiet --require-hashes -r "$top/requirements-uv.lock" || die 'PyPI cannot be reached; check the network, then run this again'
  fi
  say "installing $(grep -c '==' "$2") locked packages"
  "$1/bin/python" -m uv pip sync --quiet --require-hashes --python "$1/bin/python" "$2" || die 'the packages could not be installed (see above); run this again'
  say 'ready'
}

package() { # lock file, package: one more, of another lock, in the environment that was prepared
  local pinned
  "$python" -c 'import importlib.metadata, sys; importlib.metadata.version(sys.argv[1])' "$2" 2>/dev/null && return
  say "installing $2 (once)"
  pinned=$(mktemp)
  sed -n "/^$2==/,/[^\\]\$/p" "$top/$1" >"$pinned"
  "$python" -m uv pip install --quiet --require-hashes --no-deps --python "$python" -r "$pinned" ||
    die "$2 could not be installed (see above); run this again, or without what needs it"
  rm -f "$pinned"
}

environment() { # folder, lock file
  local folder=$top/$1 lock=$top/$2 stamp
  stamp="$folder $(sha256sum <"$lock")" # the folder too: an environment that was moved is broken
  python=$folder/bin/python
  [ "$(cat "$folder/.stamp" 2>/dev/null)" = "$stamp" ] && return
  (
    ! command -v flock >/dev/null || flock 9 # two first starts at once: the second waits
    [ "$(cat "$folder/.stamp" 2>/dev/null)" = "$stamp" ] && exit
    install_environment "$folder" "$lock"
    printf '%s\n' "$stamp" >"$folder/.stamp"
  ) 9>"$folder.lock" || exit
}
