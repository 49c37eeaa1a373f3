"""Rules that find secrets in text. Each module knows one way in which a secret shows."""
