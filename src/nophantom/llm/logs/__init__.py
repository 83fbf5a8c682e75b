"""Pure readers of other people's evaluation logs: bytes in, one `EvaluationLog` out. No files, no store."""
