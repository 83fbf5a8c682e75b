"""LLM Analysis: from outcomes of evaluated models to an honest verdict."""
