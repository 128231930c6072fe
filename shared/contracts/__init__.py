"""The facts that services tell each other: one file per publishing service, one marshmallow schema per fact.

Producers are strict (an unknown field is refused before it is published), consumers tolerant (an unknown
field is dropped), so within v1 optional fields may be added. A breaking change is a v2, published beside v1
for one release. Golden samples of every version stand in `tests/contracts/samples/`.
"""
