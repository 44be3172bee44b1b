"""The glossary: what terms of electricity and of this product mean, and what is usual, with sources."""
