"""Doors to the outside: one file a party, and nothing else imports that party's library."""
