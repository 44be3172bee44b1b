"""Files of utilities: energies of intervals, with what the file says of its meters."""
