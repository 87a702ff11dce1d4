"""Thin blueprints: parse, call one service function, dump one schema."""
