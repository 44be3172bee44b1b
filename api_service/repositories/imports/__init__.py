"""What is kept of imports: their progress, and the devices that files name."""
