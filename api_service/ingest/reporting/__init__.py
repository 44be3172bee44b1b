"""What an import tells: counts, spans, gaps, rejected rows."""
