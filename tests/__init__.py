"""Tests. They use real PostgreSQL, RabbitMQ, SMTP and Chromium."""
