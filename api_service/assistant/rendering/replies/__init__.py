"""What is said without data: reasons to decline, questions back, small talk."""
