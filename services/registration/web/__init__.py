"""Step 1 of nine: what browsers ask for. Next: the use cases."""
