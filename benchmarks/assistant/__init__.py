"""The assistant's benchmark: simulated homes with known truth, human questions, a strict reader of answers.

`python -m benchmarks.assistant --help` runs it. The truth is computed here from the raw readings alone,
straight from the project's definitions; only `launch`, which starts the services, imports anything of them.
"""
