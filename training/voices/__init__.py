"""Sentences written by hand with their queries; README.md describes the format."""
