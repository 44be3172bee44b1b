"""Lines of CSV to cells: a fast lane for what is canonical, a tolerant one for the rest."""
