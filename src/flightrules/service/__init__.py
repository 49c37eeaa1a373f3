"""The one application service that every face uses. Knows ports and the core; must not know any adapter or face."""
