"""The query language: tokens of the linear form go in, a frozen `Request` comes out."""
