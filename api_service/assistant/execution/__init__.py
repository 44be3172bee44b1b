"""From a Question to the facts that answer it, out of the aggregation over rollups and readings."""
