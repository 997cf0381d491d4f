"""What other programs use: the interface with tokens, webhooks, and feeds of what is public anyway."""
