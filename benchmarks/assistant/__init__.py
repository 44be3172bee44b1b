"""The assistant's benchmark: simulated homes with known truth, human questions, a strict reader of answers.

`python -m benchmarks.assistant --help` runs it. The truth is computed here from the raw readings alone,
straight from the project's definitions; only `launch`, which starts the services, imports anything of them.

Two splits, each with its own phrasings, refusals, conversations, unknown devices and random households:
`dev` may be read and used to tune the understanding and the model; `test` never, it only scores, and its
questions are not printed unless asked for. Once somebody who tunes has seen a test question, the test files
are appended to the dev files and written anew. No household of either may be trained on: their seeds begin
at `simulator.BENCHMARK_SEEDS_FROM`. The sample household is in both, because every user meets it first.
"""
