"""The rules of the protocol, one module a part: each turns a command into events, or refuses it. Pure."""
