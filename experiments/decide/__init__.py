"""From effects to a choice: how sure the worlds are of what is best, and what would change it. Works from saved runs."""
