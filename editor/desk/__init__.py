"""What editors do: functions that change rows and never commit."""
