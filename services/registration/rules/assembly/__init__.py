"""Step 3 of nine: the general assembly, decided by pure functions. Every number is a parameter of the statutes.

statutes.py: the parameters and the presets. attendance.py: who is in the room, which proxies count.
quorum.py: whether a vote may be held. motions.py: yes or no. elections.py: seats of a college. board.py: until when.
walkthrough.py: the hard cases, played and explained.
Next: services/registration/models/assembly.py.
"""
