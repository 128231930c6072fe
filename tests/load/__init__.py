"""Load tests: `make load-…`, loopback only, bounded."""
