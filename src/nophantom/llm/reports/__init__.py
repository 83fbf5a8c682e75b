"""Answers as pages: what the command line prints, a report shows, and a notebook displays. PURE."""
