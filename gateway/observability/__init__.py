"""What operators see of the gateway: its log; metrics and quality data will stand here."""
