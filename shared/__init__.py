"""What the three services have in common. It never imports a service."""
