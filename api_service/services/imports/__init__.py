"""Imports: their options, how they run, uploads in the background."""
