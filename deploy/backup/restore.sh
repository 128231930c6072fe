#!/usr/bin/env bash
# Put one set of backup.sh back.   restore.sh SET [SERVICE…]
#
# Each database is restored beside the one in use (NAME_restoring), and takes its place only when that went
# well; the one that was there stays as NAME_before_<instant> until you drop it. Stop the services first: the
# script refuses while somebody is connected.
#
# Environment: PGHOST PGPORT PGUSER PGPASSWORD (or PGPASSWORD_FILE) of a superuser. The roles must exist
# (deploy/postgres/init.sh makes them). Keys and papers are not touched: docs/operations.md puts them back by hand.
set -euo pipefail

set_folder=${1:?restore.sh SET [SERVICE...]}
shift
services=("$@")
[ ${#services[@]} -gt 0 ] || services=(registration jury mailer)
if [ -n "${PGPASSWORD_FILE:-}" ]; then
    PGPASSWORD=$(cat "$PGPASSWORD_FILE")
    export PGPASSWORD
fi

# Not that a database which should not be there is not there.
export PGOPTIONS=--client-min-messages=warning

sql() { psql --no-psqlrc --set ON_ERROR_STOP=1 --quiet --tuples-only --no-align --dbname postgres "$@"; }

(cd "$set_folder" && sha256sum --quiet --check SHA256SUMS) || { echo "restore: the set is damaged" >&2; exit 1; }
for service in "${services[@]}"; do
    case $service in registration | jury | mailer) ;; *) echo "restore: no such service: $service" >&2; exit 2 ;; esac
    connected=$(sql --command "SELECT count(*) FROM pg_stat_activity WHERE datname = '$service'")
    if [ "$connected" != 0 ]; then
        echo "restore: $connected connections to $service: stop the services first" >&2
        exit 1
    fi
done

stamp=$(date -u +%Y%m%dt%H%M%S)
for service in "${services[@]}"; do
    sql --command "DROP DATABASE IF EXISTS ${service}_restoring"
    sql --command "CREATE DATABASE ${service}_restoring OWNER $service TEMPLATE template0"
    pg_restore --exit-on-error --single-transaction --no-owner --role="$service" \
        --dbname "${service}_restoring" "$set_folder/$service.dump"
done
# Nothing in use has been touched so far; from here on it takes an instant.
for service in "${services[@]}"; do
    if [ "$(sql --command "SELECT count(*) FROM pg_database WHERE datname = '$service'")" = 1 ]; then
        sql --command "ALTER DATABASE $service RENAME TO ${service}_before_$stamp"
    fi
    sql --command "ALTER DATABASE ${service}_restoring RENAME TO $service"
    sql --command "REVOKE ALL ON DATABASE $service FROM PUBLIC"
    # What was published between this dump and the others', or was still with the broker, is published once
    # more; whoever has handled it already knows the event's id and drops it.
    psql --no-psqlrc --set ON_ERROR_STOP=1 --quiet --dbname "$service" <<'SQL'
ANALYZE;
UPDATE outbox SET published_at = NULL WHERE queue IS NULL;
SQL
    echo "restore: $service is back; the one before is ${service}_before_$stamp"
done
