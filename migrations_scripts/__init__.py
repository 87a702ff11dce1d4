"""Numbered scripts that bring a database to the schema of this version of the server, and their runner.

A script is a module `m0001_name.py`: the first line of its docstring says what it does, and
`up(db, *, dry_run) -> list[str]` does it and returns one line for each thing done (or, in a dry run, that it
would do). A script may be cut off anywhere and is then run again from its start, so it has to be idempotent.
"""
