"""Ways in which people approve: a word typed at a terminal, a signature, a signature in advance."""
