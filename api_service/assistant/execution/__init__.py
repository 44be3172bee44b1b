"""From a query and the values of its slots to results, out of the aggregation over rollups and readings."""
