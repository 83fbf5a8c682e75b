"""Trend Analysis: from documents of many sources to signals that can be trusted."""
