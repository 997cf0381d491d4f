"""Instagram's public pages as a guest sees them: the shapes that instaloader 4.16 reads, with invented accounts."""
