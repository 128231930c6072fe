"""Step 2 of nine: one function per thing a person can do. Each runs in the transaction it is given.

registering.py: register, ask for the link again. changing.py: change, cancel, undo. seats.py: the one place
that grants and frees seats. events.py: what the staff does to events. Next: services/registration/rules/.
"""
