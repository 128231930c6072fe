"""Addresses of partners' programs that are told of facts: signed, again until they answer, never inside our network.

`rules.py` decides, `tables.py` keeps, `addresses.py` is what a person or a fact does, `calls.py` is the worker's
thread, and `shared/web/webhooks.py` the pages. A service says which facts it tells, and what of each.
"""
