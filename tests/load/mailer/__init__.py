"""What a mail costs us, beside what the machine can do at most, measured in one run: `make load-mailer`."""
