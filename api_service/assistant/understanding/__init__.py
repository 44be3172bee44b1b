"""From a text, the turns before it and now to a Question: keywords, rules, dialogue context, refusals."""
