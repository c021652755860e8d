"""One enforcement activity in the field, from arrival to departure: officers, item, steps, checklist."""
