"""What people approve with: a word typed at a terminal, a signature, a signature in advance."""
