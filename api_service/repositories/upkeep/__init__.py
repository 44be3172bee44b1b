"""What every write keeps beside the readings: stored neighbours, spacings, gaps, and exact rollups."""
