"""What the output of programs says: bytes in, values out. What is not understood is `Unreadable`, never a guess."""
