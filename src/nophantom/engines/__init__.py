"""Where work runs: processes of this machine. One small protocol, no queue of our own."""
