"""From a query's result to words: shape, plan of the answer, composed text, prompt of the model."""
