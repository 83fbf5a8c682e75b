"""NoPhantom tells real signals from phantom ones, in model training and in technology trends."""

__version__ = "0.1.0"
