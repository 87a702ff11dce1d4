"""A Twilio look-alike for demos and tests: its Messages API, its signed webhooks, and the customer's phone as a web page.

It speaks only HTTP with the server and imports nothing of it. See docs/simulator.md.
"""
