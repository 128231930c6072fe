"""Step 2: one function per thing a person can do, each inside one transaction. Next: rules.py decides."""
