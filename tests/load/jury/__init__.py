"""`make load-jury`: the marks of the jury, measured in one run on this machine. Next: __main__.py."""
