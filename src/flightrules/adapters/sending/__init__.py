"""Senders: each hands messages over to one kind of destination."""
