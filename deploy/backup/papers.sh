#!/usr/bin/env bash
# Copy the jury's papers to a set:   papers.sh FROM TO [BEFORE]
#
# A paper's name is the SHA-256 of its bytes (services/jury/papers.py), so one that BEFORE has, the papers of an
# earlier set, is the same: it is linked, not copied, and thirty sets take little more room than one. All of TO is
# read back, and a link to what was damaged since gives way to a new copy; status 1 when a paper is not what its name
# says.
set -euo pipefail

from=${1:?papers.sh FROM TO [BEFORE]}
to=${2:?papers.sh FROM TO [BEFORE]}
before=${3:-/nowhere}

mkdir -p "$to"
# Another name is that of a file still being written.
(cd "$from" && find . -regextype posix-extended -type f -regex '\./[0-9a-f]{2}/[0-9a-f]{64}') | while read -r paper; do
    mkdir -p "$to/${paper%/*}"
    ln "$before/$paper" "$to/$paper" 2>/dev/null || cp "$from/$paper" "$to/$paper" ||
        [ ! -e "$from/$paper" ] # removed since it was listed
done
check() { find . -type f -printf '%f  %p\n' | sha256sum --quiet --check; }
if [ -n "$(find "$to" -type f -print -quit)" ]; then
    from=$(cd "$from" && pwd)
    cd "$to"
    { check 2>/dev/null || true; } | sed -n 's/: FAILED.*//p' | while read -r paper; do
        rm "$paper" && cp "$from/$paper" "$paper"
    done
    check
fi
