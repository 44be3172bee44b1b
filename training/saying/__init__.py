"""Training data of the task "say": random findings, their prompts, and the answers to learn."""
