"""The model that reads questions and says answers: vocabulary, embeddings, training loop, checkpoint."""
