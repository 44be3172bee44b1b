"""How soon the page is seen on the sample household, and how many bytes it takes."""
