"""A mail catcher: takes every mail by SMTP, delivers none, shows them on a web page and through Mailpit's API."""
