"""The intake of alerts: record first, then open or join incidents, assess, and call people."""
