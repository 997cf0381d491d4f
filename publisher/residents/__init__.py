"""What residents use: the bot that is asked "is this a scam?", and the page that shows whether a post is ours."""
