"""People who post by hand where no program may: who they are, what they are given, what came of it."""
