"""Pictures of the screen, drawn from a made cache: see `screenshots.draw`."""
