"""What is done about the readings as a whole, apart from taking them in and showing them."""
