"""The HTTP door: a typed API under /api/v1, and the web pages."""
