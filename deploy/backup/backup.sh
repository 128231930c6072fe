#!/usr/bin/env bash
# Dump the three databases; keep the jury's papers and the keys with them where they are mounted.
#
#   backup.sh              once, now
#   backup.sh --daily      now, then every day; what compose.prod.yml runs
#
# Environment: PGHOST PGPORT PGUSER PGPASSWORD (or PGPASSWORD_FILE), as PostgreSQL's own tools read them;
# BACKUP_FOLDER (default /backups), KEYS_FOLDER and PAPERS_FOLDER (default /keys, /papers; left out when absent),
# BACKUP_DAYS (default 30: older sets are deleted once a newer one is complete).
#
# A set is a folder named by its UTC instant. It is written under another name and renamed when it is complete
# and every dump has been read back, so a folder that bears a date is a good one.
set -euo pipefail
umask 077

folder=${BACKUP_FOLDER:-/backups}
keys=${KEYS_FOLDER:-/keys}
papers=${PAPERS_FOLDER:-/papers}
days=${BACKUP_DAYS:-30}
if [ -n "${PGPASSWORD_FILE:-}" ]; then
    PGPASSWORD=$(cat "$PGPASSWORD_FILE")
    export PGPASSWORD
fi

backup() {
    local name part service before
    name=$(date -u +%Y-%m-%dT%H%M%SZ)
    part=$folder/.partial-$name
    # Of those that failed: they are tried again every ten minutes, and would fill the disk.
    find "$folder" -mindepth 1 -maxdepth 1 -type d -name '.partial-*' -mmin +60 -exec rm -rf {} +
    mkdir -p "$part"
    # The three are not dumped at one instant, so a fact may be published in one and not yet handled in
    # another. restore.sh closes that gap: it has the last day's facts published again.
    for service in registration jury mailer; do
        # Secret ballots are in no backup: one that is taken during a vote would keep the order they came in. What was
        # counted is in the minutes.
        pg_dump --exclude-table-data='assembly_ballot*' --format=custom --compress=6 --no-owner --no-privileges --lock-wait-timeout=60s \
            --dbname "$service" --file "$part/$service.dump" || return 1
        pg_restore --list "$part/$service.dump" >"$part/$service.contents" || return 1
        # An empty database is not a backup of anything.
        grep -q 'TABLE DATA' "$part/$service.contents" || { echo "backup: $service has no tables" >&2; return 1; }
        # Read all of it back, not only its table of contents.
        pg_restore --file=/dev/null "$part/$service.dump" || return 1
    done
    # After the dumps, so that every paper they speak of is there.
    if [ -d "$papers" ]; then
        before=$(find "$folder" -mindepth 1 -maxdepth 1 -type d -name '20*Z' | sort | tail -1)
        "$(dirname "$0")/papers.sh" "$papers" "$part/papers" "${before:-/nowhere}/papers" || return 1
    fi
    if [ -d "$keys" ]; then
        # Its folders and not itself: where they are put back, /keys is read-only and tar could not set its date.
        (cd "$keys" && tar --create --gzip --file - -- *) >"$part/keys.tar.gz" || return 1
    fi
    (cd "$part" && sha256sum -- *.dump *.gz 2>/dev/null >SHA256SUMS) || true
    (cd "$part" && sha256sum --quiet --check SHA256SUMS) || return 1
    mv "$part" "$folder/$name"
    echo "backup: $folder/$name ($(du -sh "$folder/$name" | cut -f1))"
    find "$folder" -mindepth 1 -maxdepth 1 -type d -name '20*Z' -mtime "+$days" -exec rm -rf {} +
}

case "${1:-}" in
    "") backup ;;
    --daily)
        trap 'exit 0' TERM INT
        while true; do
            pause=86400
            if ! backup; then
                echo "backup: FAILED, nothing of this set is kept as a good one; next try in ten minutes" >&2
                pause=600
            fi
            sleep "$pause" &
            wait $!
        done
        ;;
    --recent) # the health check: is there a good set younger than 26 hours?
        find "$folder" -mindepth 1 -maxdepth 1 -type d -name '20*Z' -mmin -1560 | grep -q . ;;
    *) sed -n '2,15s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
