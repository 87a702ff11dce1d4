"""What tabs hear, and the one voice that tells them."""
