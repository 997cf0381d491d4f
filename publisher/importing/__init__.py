"""`publisher import`: regions, districts, people and channels from a spreadsheet, checked before anything is done."""
