"""What `flightrules doctor` tries and says."""
