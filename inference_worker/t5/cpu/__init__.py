"""What only a CPU needs: compiled attention over ragged caches, thread counts."""
