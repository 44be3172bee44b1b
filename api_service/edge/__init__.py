"""Where HTTP comes in: connections, hosts and origins, keys, methods, media types and sizes."""
