"""What survives when processes are killed outright: real broker, real workers, real files."""
