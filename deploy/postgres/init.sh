#!/usr/bin/env bash
# Run once by the postgres image, on an empty data folder: one database and one role per service.
# No role may open another's database. Passwords come from deploy/keys.py, mounted at /keys.
set -euo pipefail

for service in registration jury mailer; do
    psql --set ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname postgres \
        --set role="$service" --set password="$(cat "/keys/${service}_password")" <<'SQL'
CREATE ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
ALTER ROLE :"role" SET timezone = 'UTC';
ALTER ROLE :"role" SET statement_timeout = '60s';
ALTER ROLE :"role" SET lock_timeout = '20s';
CREATE DATABASE :"role" OWNER :"role" TEMPLATE template0;
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
SQL
done
psql --set ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname postgres \
    --command 'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC'
