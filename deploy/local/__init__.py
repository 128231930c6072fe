"""Runs everything on one machine without containers: for trying Agora out, for the demo and for the tests."""
