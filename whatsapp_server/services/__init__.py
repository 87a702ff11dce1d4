"""What the product does, one file a verb group. Takes and returns documents; knows neither HTTP nor sockets."""
