"""Builders of the faces. No rules here: a face hides nothing and allows nothing."""
