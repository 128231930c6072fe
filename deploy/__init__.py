"""How Agora is run: locally, in containers, in production."""
