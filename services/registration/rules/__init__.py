"""Step 3 of nine: what is allowed, decided by pure functions and frozen dataclasses.

seats.py: who gets which seat, who waits. people.py: names, addresses, consents. dates.py: French dates and
weekdays, opening times. choices.py: the lists to choose from. Next: services/registration/models/.
"""
