"""What the page asks for, beside a plain GROUP BY over the raw rows of the same database."""
